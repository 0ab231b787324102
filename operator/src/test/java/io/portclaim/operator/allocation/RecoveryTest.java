package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.key;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a new leader makes of statuses and ledger. */
class RecoveryTest extends TakeOver {
    @Test
    void statusesAreHeldAndTheSequenceGoesOn() {
        status("one", 9, "n1: x=100/TCP");
        status("wide", 8, "*: x=101/TCP");
        status("new", 7, "");
        recover();

        assertThat(has("one")).isEqualTo("n1: x=100/TCP");
        assertThat(has("new")).isEmpty();
        assertThat(whyNot("n1", 100)).contains("held by a claim");
        assertThat(whyNot("n2", 100)).isEqualTo("free");
        assertThat(whyNot("n2", 101)).contains("held by a claim");
        assertThat(fixture.decided(fixture.request("next", "b/next", List.of(any("x")), "n3")))
                .isEqualTo("n3: x=105/TCP");
        assertThat(fixture.index.uids(key("a/one"))).containsExactly("one");
    }

    @Test
    void anEntryWhoseStatusIsNotWrittenStandsAsItWasCommitted() {
        status("one", 9, "n1: x=100/TCP");
        status("two", 8, "");
        entries.add(claim("one", 9, "n1: x=100/TCP", "n1: x=102/TCP"));
        entries.add(claim("two", 8, "", "n2: x=103/TCP"));
        recover();

        assertThat(has("one")).isEqualTo("n1: x=100/TCP then n1: x=102/TCP");
        assertThat(has("two")).isEqualTo(" then n2: x=103/TCP");
        assertThat(fixture.index.snapshot().pending())
                .extracting(ClaimAllocation::uid)
                .containsExactlyInAnyOrder("one", "two");
        assertThat(whyNot("n1", 100)).contains("held");
        assertThat(whyNot("n1", 102)).contains("held");
        fixture.index.settle("one", fixture.cooldowns(), fixture.clock.instant());
        assertThat(whyNot("n1", 100)).contains("released");
    }

    @Test
    void anEntryWhoseStatusIsWrittenIsDoneAndWhatItReleasedCools() {
        status("one", 9, "n1: x=100/TCP");
        entries.add(claim("one", 9, "n1: x=100/TCP; n2: x=100/TCP", "n1: x=100/TCP"));
        heldBefore("one", "n1: x=100/TCP; n2: x=100/TCP");
        recover();

        assertThat(has("one")).isEqualTo("n1: x=100/TCP");
        assertThat(whyNot("n2", 100))
                .contains(
                        "released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended");
        assertThat(whyNot("n3", 100)).isEqualTo("free");
    }

    @Test
    void anEntryOfAClaimThatIsGoneCoolsWithWhatWasPublishedBefore() {
        entries.add(claim("gone", 9, "n1: x=100/TCP", "n1: x=102/TCP"));
        recover();

        assertThat(fixture.index.holdings()).isEmpty();
        assertThat(fixture.index.pendingWeight()).isZero();
        assertThat(whyNot("n1", 100)).contains("released");
        assertThat(whyNot("n1", 102)).contains("released");
        assertThat(fixture.decided(fixture.request("again", "a/gone", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=102/TCP");
    }

    @Test
    void whatAConfigMapSaysBeyondTheStatusIsKeptFromOthersAndGoesBackToItsClaim() {
        claims.add(new Recovery.Known(
                claim("one", 9, "n1: x=100/TCP", null), IndexFixture.assignment("n1: x=100/TCP y=101/TCP")));
        claims.add(new Recovery.Known(claim("bare", 8, "", null), IndexFixture.assignment("n1: x=103/TCP")));
        recover();

        assertThat(whyNot("n1", 101))
                .contains(
                        "released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended");
        assertThat(whyNot("n1", 103)).contains("released");
        assertThat(fixture.decided(fixture.request("bare", "a/bare", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=103/TCP");
        fixture.cool(COOLDOWN);
        assertThat(whyNot("n1", 101)).as("while the ConfigMap may name it").contains("blocked");
        fixture.index.mapSaysOnly(ConfigMapId.of("a", "one-ports"), fixture.clock.instant());
        fixture.cool(COOLDOWN);
        assertThat(whyNot("n1", 101)).isEqualTo("free");
    }

    @Test
    void releasesGoOnWhereTheyWereUnlessTheirTimeHasCome() {
        Instant now = fixture.clock.instant();
        released("past", "n1", IndexFixture.grant("x", TransportProtocol.TCP, "100"), now);
        released("soon", "n1", IndexFixture.grant("x", TransportProtocol.TCP, "101"), now.plusSeconds(5));
        released("used", "n1", IndexFixture.grant("x", TransportProtocol.TCP, "102"), null);
        recover();

        assertThat(whyNot("n1", 100)).isEqualTo("free");
        assertThat(whyNot("n1", 101)).contains("cooling");
        assertThat(whyNot("n1", 102)).contains("released");
        assertThat(fixture.decided(fixture.request("again", "a/used", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=102/TCP");
        fixture.clock.goOn(Duration.ofSeconds(5));
        assertThat(fixture.index.advance(IndexFixture.NO_PODS)).isTrue();
        assertThat(whyNot("n1", 101)).isEqualTo("free");
    }

    @Test
    void ofAReleaseOnlyWhatNobodyHoldsCools() {
        status("one", 9, "n1: x=101/TCP");
        released("gone", "n1", IndexFixture.grant("g", TransportProtocol.TCPUDP, "100-101"), null);
        recover();

        assertThat(has("one")).isEqualTo("n1: x=101/TCP");
        assertThat(whyNot("n1", 100)).contains("released");
        assertThat(whyNot("n1", TransportProtocol.UDP, 101)).contains("released");
        assertThat(fixture.index.unfinishedReleases()).isEqualTo(3);
    }

    @Test
    void aHolderThatIsMissingIsBlockedWhereItWasThoughAnotherHoldsItsNumber() {
        status("x", 9, "n1: x=100/TCP");
        heldBefore("x", "n1: x=100/TCP");
        heldBefore("y", "n2: y=100/TCP");
        recover();
        PodUse reader = release -> release.map() == ConfigMapId.of("a", "y-ports");

        fixture.clock.goOn(Duration.ofDays(1));
        fixture.index.advance(reader);
        assertThat(whyNot("n2", 100)).contains("is released, and blocked");
        assertThat(whyNot("n3", 100)).isEqualTo("free");
        assertThat(whyNot("*", 100)).contains("held by a claim");
        assertThat(has("x")).isEqualTo("n1: x=100/TCP");
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(whyNot("n2", 100)).contains("cooling after its release for up to 200 s");
        fixture.cool(COOLDOWN);
        assertThat(whyNot("n2", 100)).isEqualTo("free");
    }

    @Test
    void aHolderThatIsMissingEverywhereIsBlockedEverywhere() {
        heldBefore("wide", "*: x=100-101/TCPUDP");
        recover();

        assertThat(whyNot("n2", TransportProtocol.UDP, 101)).contains("is released, and blocked");
        assertThat(whyNot("*", 100)).contains("is released, and blocked");
        fixture.cool(COOLDOWN);
        assertThat(whyNot("*", 100)).isEqualTo("free");
    }

    @Test
    void whatIsMissingGoesBackToAClaimOfTheNameAtOnce() {
        heldBefore("y", "n1: x=100/TCP");
        recover();

        Request stranger = fixture.request("3", "b/y", List.of(port("x", 100)), "n1");
        fixture.refused(stranger, Reason.PORT_TAKEN);
        assertThat(fixture.bound(fixture.request("2", "a/y", List.of(port("x", 100)), "n1")))
                .isEqualTo("n1: x=100/TCP");
    }

    @Test
    void whatIsMissingOnANodeThatIsGoneIsBlockedWhereverNobodyHoldsIt() {
        status("x", 9, "n1: x=100/TCP");
        heldBefore("x", "n1: x=100/TCP");
        heldBefore("y", "gone: y=100/TCP");
        recover();

        assertThat(whyNot("n2", 100)).contains("is released, and blocked");
        assertThat(whyNot("gone", 100)).contains("is released, and blocked");
        // It may have been a pod's.
        fixture.cool(COOLDOWN.plus(PodEnd.DEFAULT_GRACE));
        assertThat(whyNot("n2", 100)).isEqualTo("free");
        fixture.release("x");
        fixture.cool(COOLDOWN);
        assertThat(whyNot("*", 100)).isEqualTo("free");
    }

    @Test
    void whatIsMissingAndNobodyCanSayWhereIsBlockedWhereItMayBeUsedAndCoolsElsewhere() {
        status("x", 9, "n1: x=100/TCP");
        heldBefore("x", "n1: x=100/TCP");
        heldBeforeUnknown("n2: y=100/TCP; n3: z=101/TCP");
        recover();
        PodUse use = new PodUse() {
            @Override
            public boolean stillUses(Release release) {
                return release.place().equals("n2");
            }

            @Override
            public Set<String> usedAt(Release release) {
                return Set.of("n2");
            }
        };

        assertThat(whyNot("n2", 100)).contains("is released, and blocked");
        assertThat(whyNot("n3", 100)).contains("is released, and blocked");
        fixture.index.advance(use);
        fixture.clock.goOn(COOLDOWN.plus(PodEnd.DEFAULT_GRACE));
        fixture.index.advance(use);
        assertThat(whyNot("n3", 100)).isEqualTo("free");
        assertThat(whyNot("n3", 101)).isEqualTo("free");
        assertThat(whyNot("n2", 100)).contains("is released, and blocked");
        assertThat(whyNot("*", 100)).contains("held by a claim");
        fixture.cool(COOLDOWN.plus(PodEnd.DEFAULT_GRACE));
        assertThat(whyNot("n2", 100)).isEqualTo("free");
    }

    @Test
    void nothingIsMissingWhereAllIsThere() {
        status("x", 9, "n1: x=100/TCP");
        status("y", 8, "*: y=101-102/UDP");
        heldBefore("x", "n1: x=100/TCP");
        heldBefore("y", "*: y=101-102/UDP");
        recover();

        assertThat(fixture.index.unfinishedReleases()).isZero();
    }

    @Test
    void aCooldownGoesOnWithWhatWasLeftOfItWhateverTheClocksSaid() {
        released(
                "ahead",
                "n1",
                IndexFixture.grant("x", TransportProtocol.TCP, "100"),
                fixture.clock.instant().plusSeconds(30));
        Snapshot written = ledger();
        fixture.clock.goOn(Duration.ofDays(365));
        recover(written);

        assertThat(whyNot("n1", 100)).contains("cooling");
        fixture.clock.goOn(Duration.ofSeconds(29));
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(whyNot("n1", 100)).contains("cooling");
        fixture.clock.goOn(Duration.ofSeconds(1));
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(whyNot("n1", 100)).isEqualTo("free");
    }

    @Test
    void nothingCoolsLongerThanItsCooldown() {
        released(
                "years",
                "n1",
                IndexFixture.grant("x", TransportProtocol.TCP, "100"),
                fixture.clock.instant().plus(Duration.ofDays(999)));
        recover();
        fixture.clock.goOn(COOLDOWN);
        fixture.index.advance(IndexFixture.NO_PODS);

        assertThat(whyNot("n1", 100)).isEqualTo("free");
    }

    @Test
    void whatAStatusSaysBeyondAnEntryOfItsVersionWasNotPublished() {
        // Somebody wrote the older claim's port to the status; the leader that decided on that version knew better.
        claims.add(new Recovery.Known(claim("older", 9, 3, "n1: x=100/TCP", null), Assignment.NONE));
        claims.add(new Recovery.Known(claim("forged", 8, 5, "n1: x=100/TCP", null), Assignment.NONE));
        entries.add(claim("forged", 8, 5, "", "n1: x=104/TCP"));
        recover();

        assertThat(has("older")).isEqualTo("n1: x=100/TCP");
        assertThat(fixture.index.conflict("older")).isEmpty();
        assertThat(has("forged")).isEqualTo(" then n1: x=104/TCP");
    }

    @Test
    void whatAnEntryOfItsVersionReleasesOrKeepsWasPublished() {
        claims.add(new Recovery.Known(
                claim("one", 9, 5, "n1: x=100/TCP y=101/TCP; n2: x=100/TCP", null), Assignment.NONE));
        // The ledger keeps of what was published only what is released.
        entries.add(claim("one", 9, 5, "n1: y=101/TCP", "n1: x=100/TCP; n2: x=100/TCP"));
        recover();

        assertThat(has("one")).isEqualTo("n1: x=100/TCP y=101/TCP; n2: x=100/TCP then n1: x=100/TCP; n2: x=100/TCP");
    }

    @Test
    void aWishIsKeptForItsClaimUnlessSomebodyMayUseIt() {
        status("holder", 9, "n1: x=100/TCP");
        heldBefore("holder", "n1: x=100/TCP");
        heldBefore("gone", "n1: x=101/TCP");
        released("cools", "n1", IndexFixture.grant("x", TransportProtocol.TCP, "102"), null);
        claims.add(new Recovery.Known(
                claim("restored", 1, "", null),
                Assignment.NONE,
                IndexFixture.assignment("n1: a=100/TCP b=101/TCP c=102/TCP d=103/TCP")));
        recover();

        assertThat(fixture.decided(fixture.request(
                        "restored", "a/restored", List.of(any("a"), any("b"), any("c"), any("d")), "n1", "n2")))
                .startsWith("n1: a=")
                .contains("d=103/TCP")
                .doesNotContain("a=100/")
                .doesNotContain("b=101/")
                .doesNotContain("c=102/");
    }

    @Test
    void aWishIsKeptFromOthers() {
        claims.add(new Recovery.Known(
                claim("restored", 1, "", null), Assignment.NONE, IndexFixture.assignment("n1: x=103/TCP")));
        recover();

        assertThat(whyNot("n1", 103)).contains("is released, and blocked");
        fixture.cool(COOLDOWN);
        assertThat(whyNot("n1", 103)).as("not for ever").isEqualTo("free");
    }

    @Test
    void anEntryThatIsOlderThanItsClaimsStatusRobsNobody() {
        claims.add(new Recovery.Known(claim("one", 9, 7, "n1: x=105/TCP", null), Assignment.NONE));
        claims.add(new Recovery.Known(claim("v", 8, 5, "n1: x=100/TCP", null), Assignment.NONE));
        entries.add(claim("one", 9, 2, "", "n1: x=100/TCP"));
        Recovery.Result result = recover();

        assertThat(result.superseded()).extracting(ClaimAllocation::uid).containsExactly("one");
        assertThat(has("one")).isEqualTo("n1: x=105/TCP");
        assertThat(has("v")).isEqualTo("n1: x=100/TCP");
        assertThat(fixture.index.conflict("v")).isEmpty();
        assertThat(fixture.index.snapshot().pending()).isEmpty();
    }

    @Test
    void anOldEntryThatSeemsUnpublishedRobsNobodyEither() {
        // It was published and taken back since, and another claim got the port.
        claims.add(new Recovery.Known(claim("one", 9, 7, "n1: x=105/TCP", null), Assignment.NONE));
        claims.add(new Recovery.Known(claim("v", 8, 5, "n1: x=100/TCP", null), Assignment.NONE));
        entries.add(claim("one", 9, 2, "n1: x=105/TCP", "n1: x=100/TCP"));
        Recovery.Result result = recover();

        assertThat(result.superseded()).extracting(ClaimAllocation::uid).containsExactly("one");
        assertThat(has("one")).isEqualTo("n1: x=105/TCP");
        assertThat(has("v")).isEqualTo("n1: x=100/TCP");
    }

    @Test
    void anEntryStandsThoughItsClaimWasEditedSince() {
        claims.add(new Recovery.Known(claim("one", 9, 7, "n1: x=105/TCP", null), Assignment.NONE));
        entries.add(claim("one", 9, 2, "n1: x=105/TCP", "n1: x=100/TCP"));
        Recovery.Result result = recover();

        assertThat(result.superseded()).isEmpty();
        assertThat(has("one")).isEqualTo("n1: x=105/TCP then n1: x=100/TCP");
    }

    @Test
    void aConfigMapThatOutlivesItsServedClaimBlocksUntilItIsDeleted() {
        heldBefore("y", "n1: x=100/TCP");
        Recovery.Orphan served =
                new Recovery.Orphan("y", key("a/y"), "y-ports", IndexFixture.assignment("n1: x=100/TCP"));
        Recovery.Orphan restored =
                new Recovery.Orphan("z", key("a/z"), "z-ports", IndexFixture.assignment("n1: x=100/TCP"));
        orphans.addAll(List.of(served, restored));
        maps.addAll(List.of(served.map(), restored.map()));
        Recovery.Result result = recover();

        assertThat(result.orphans()).containsExactly(served);
        fixture.cool(Duration.ofDays(1));
        fixture.cool(Duration.ofDays(1));
        assertThat(whyNot("n1", 100)).contains("is released, and blocked until no ConfigMap");
        fixture.index.mapSaysOnly(served.map(), fixture.clock.instant());
        fixture.cool(COOLDOWN);
        assertThat(whyNot("n1", 100)).isEqualTo("free");
    }

    @Test
    void anOrphanIsDeletedByTheNextLeaderWhereTheOneThatFoundItDied() {
        Recovery.Orphan served =
                new Recovery.Orphan("y", key("a/y"), "y-ports", IndexFixture.assignment("n1: x=100/TCP"));
        heldBefore("y", "n1: x=100/TCP");
        orphans.add(served);
        maps.add(served.map());
        recover();
        Snapshot written = fixture.index.snapshot();
        fixture.index.mapSaysOnly(served.map(), fixture.clock.instant());
        Snapshot deleted = fixture.index.snapshot();

        assertThat(orphansOfNext(served, written)).containsExactly(served);
        assertThat(orphansOfNext(served, deleted))
                .as("what a backup has brought since is left alone")
                .isEmpty();
    }

    private List<Recovery.Orphan> orphansOfNext(Recovery.Orphan orphan, Snapshot ledger) {
        IndexFixture next = new IndexFixture();
        Recovery.Found found = new Recovery.Found(
                List.of(),
                List.of(),
                Set.of(orphan.map()),
                List.of(orphan),
                Set.of("n1"),
                Set.of("default"),
                next.clock.instant());
        return new Recovery(next.index, next.cooldowns(), next.clock.instant(), found)
                .load(ledger)
                .orphans();
    }

    @Test
    void anOrphanIsKnownByItsNumbersWhereTooMuchIsMissing() {
        heldBeforeUnknown("n1: x=100/TCP");
        Recovery.Orphan served =
                new Recovery.Orphan("y", key("a/y"), "y-ports", IndexFixture.assignment("n1: x=100/TCP"));
        Recovery.Orphan restored =
                new Recovery.Orphan("z", key("a/z"), "z-ports", IndexFixture.assignment("n1: x=109/TCP"));
        orphans.addAll(List.of(served, restored));
        maps.addAll(List.of(served.map(), restored.map()));

        assertThat(recover().orphans()).containsExactly(served);
        fixture.cool(Duration.ofDays(1));
        fixture.cool(Duration.ofDays(1));
        assertThat(whyNot("n1", 100)).contains("is released, and blocked");
        assertThat(whyNot("n2", 100)).isEqualTo("free");
    }

    @Test
    void theNumbersOfALimitAreThoseThatAreHeldAndNotThoseThatAreAskedFor() {
        status("one", 9, "n1: x=100/TCP; n2: x=100/TCP y=101-102/UDP");
        recover();

        assertThat(fixture.index.allocation("one").orElseThrow().numbers()).isEqualTo(3);
    }

    @Test
    void aSnapshotCarriesOverWhatALeaderKnew() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.bound(fixture.request("2", "a/two", List.of(port("x", 107)), "n1"));
        fixture.release("2");
        fixture.decided(fixture.request("3", "a/three", List.of(any("x")), "*"));
        Snapshot snapshot = fixture.index.snapshot();
        IndexFixture next = new IndexFixture();
        List<Recovery.Known> known = List.of(
                new Recovery.Known(fixture.index.allocation("1").orElseThrow(), Assignment.NONE),
                new Recovery.Known(claim("3", 1, "", null), Assignment.NONE));
        Recovery.Found found = new Recovery.Found(
                known, List.of(), Set.of(), List.of(), Set.of("n1"), Set.of("default"), next.clock.instant());
        new Recovery(next.index, next.cooldowns(), next.clock.instant(), found).load(snapshot);

        assertThat(next.index.snapshot().cursors()).isEqualTo(snapshot.cursors());
        assertThat(next.index.snapshot().held().counts())
                .isEqualTo(snapshot.held().counts());
        assertThat(next.index.snapshot().releases()).isEqualTo(snapshot.releases());
        assertThat(next.index.allocation("3").orElseThrow().pending())
                .isEqualTo(IndexFixture.assignment("*: x=101/TCP"));
    }
}
