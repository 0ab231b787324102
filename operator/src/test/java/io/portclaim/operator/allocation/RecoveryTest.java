package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.Bed.any;
import static io.portclaim.operator.allocation.Bed.key;
import static io.portclaim.operator.allocation.Bed.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
        assertThat(bed.decided(bed.request("next", "b/next", List.of(any("x")), "n3")))
                .isEqualTo("n3: x=105/TCP");
        assertThat(bed.index.uids(key("a/one"))).containsExactly("one");
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
        assertThat(bed.index.snapshot().pending()).extracting(Holding::uid).containsExactlyInAnyOrder("one", "two");
        assertThat(whyNot("n1", 100)).contains("held");
        assertThat(whyNot("n1", 102)).contains("held");
        bed.index.settle("one", bed.cooldowns());
        assertThat(whyNot("n1", 100)).contains("released");
    }

    @Test
    void anEntryWhoseStatusIsWrittenIsDoneAndWhatItLetGoOfRests() {
        status("one", 9, "n1: x=100/TCP");
        entries.add(claim("one", 9, "n1: x=100/TCP; n2: x=100/TCP", "n1: x=100/TCP"));
        heldBefore(Protocol.TCP, "100");
        recover();

        assertThat(has("one")).isEqualTo("n1: x=100/TCP");
        assertThat(whyNot("n2", 100)).contains("released, and rests until no pod or process uses it and it has cooled");
        assertThat(whyNot("n3", 100)).isEqualTo("free");
    }

    @Test
    void anEntryOfAClaimThatIsGoneRestsWithWhatWasPublishedBefore() {
        entries.add(claim("gone", 9, "n1: x=100/TCP", "n1: x=102/TCP"));
        recover();

        assertThat(bed.index.holdings()).isEmpty();
        assertThat(bed.index.pendingWeight()).isZero();
        assertThat(whyNot("n1", 100)).contains("released");
        assertThat(whyNot("n1", 102)).contains("released");
        assertThat(bed.decided(bed.request("again", "a/gone", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=102/TCP");
    }

    @Test
    void whatAConfigMapSaysBeyondTheStatusIsKeptFromOthersAndGoesBackToItsClaim() {
        claims.add(
                new Recovery.Known(claim("one", 9, "n1: x=100/TCP", null), Bed.assignment("n1: x=100/TCP y=101/TCP")));
        claims.add(new Recovery.Known(claim("bare", 8, "", null), Bed.assignment("n1: x=103/TCP")));
        recover();

        assertThat(whyNot("n1", 101)).contains("released, and rests until no pod or process uses it and it has cooled");
        assertThat(whyNot("n1", 103)).contains("released");
        assertThat(bed.decided(bed.request("bare", "a/bare", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=103/TCP");
        bed.rest(REST);
        assertThat(whyNot("n1", 101)).isEqualTo("free");
    }

    @Test
    void releasesGoOnWhereTheyWereUnlessTheirTimeHasCome() {
        Instant now = bed.clock.instant();
        rests("past", "n1", Bed.grant("x", TransportProtocol.TCP, "100"), now);
        rests("soon", "n1", Bed.grant("x", TransportProtocol.TCP, "101"), now.plusSeconds(5));
        rests("used", "n1", Bed.grant("x", TransportProtocol.TCP, "102"), null);
        recover();

        assertThat(whyNot("n1", 100)).isEqualTo("free");
        assertThat(whyNot("n1", 101)).contains("cooling");
        assertThat(whyNot("n1", 102)).contains("released");
        assertThat(bed.decided(bed.request("again", "a/used", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=102/TCP");
        bed.clock.goOn(Duration.ofSeconds(5));
        assertThat(bed.index.advance(Bed.NO_PODS)).isTrue();
        assertThat(whyNot("n1", 101)).isEqualTo("free");
    }

    @Test
    void ofAReleaseOnlyWhatNobodyHoldsRests() {
        status("one", 9, "n1: x=101/TCP");
        rests("gone", "n1", Bed.grant("g", TransportProtocol.TCPUDP, "100-101"), null);
        recover();

        assertThat(has("one")).isEqualTo("n1: x=101/TCP");
        assertThat(whyNot("n1", 100)).contains("released");
        assertThat(whyNot("n1", TransportProtocol.UDP, 101)).contains("released");
        assertThat(bed.index.resting()).isEqualTo(3);
    }

    @Test
    void numbersThatWereHeldAndAreForgottenCoolFromNow() {
        status("one", 9, "n1: x=100/TCP");
        heldBefore(Protocol.TCP, "100-102");
        heldBefore(Protocol.SCTP, "100");
        recover();

        assertThat(whyNot("n2", 100)).isEqualTo("free");
        assertThat(whyNot("n2", 101)).contains("cooling after its release for up to 200 s");
        assertThat(whyNot("*", 102)).contains("cooling");
        assertThat(whyNot("n1", TransportProtocol.SCTP, 100)).contains("cooling");
        assertThat(whyNot("n1", TransportProtocol.UDP, 100)).isEqualTo("free");
        bed.clock.goOn(REST);
        bed.index.advance(release -> true);
        assertThat(whyNot("n2", 101)).isEqualTo("free");
    }

    @Test
    void aForgottenNumberCoolsOnAllNodesThoughItRestsOnOne() {
        rests(
                "gone",
                "n1",
                Bed.grant("x", TransportProtocol.TCP, "100"),
                bed.clock.instant().plusSeconds(5));
        heldBefore(Protocol.TCP, "100");
        recover();

        assertThat(whyNot("n2", 100)).contains("cooling");
        bed.clock.goOn(Duration.ofSeconds(5));
        bed.index.advance(Bed.NO_PODS);
        assertThat(whyNot("n1", 100)).contains("cooling");
        bed.clock.goOn(REST);
        bed.index.advance(Bed.NO_PODS);
        assertThat(whyNot("*", 100)).isEqualTo("free");
    }

    @Test
    void aSnapshotCarriesOverWhatALeaderKnew() {
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));
        bed.bound(bed.request("2", "a/two", List.of(port("x", 107)), "n1"));
        bed.release("2");
        bed.decided(bed.request("3", "a/three", List.of(any("x")), "*"));
        Snapshot snapshot = bed.index.snapshot();
        Bed next = new Bed();
        List<Recovery.Known> known = List.of(
                new Recovery.Known(bed.index.holding("1").orElseThrow(), Assignment.NONE),
                new Recovery.Known(claim("3", 1, "", null), Assignment.NONE));
        new Recovery(next.index, next.clock.instant()).load(known, snapshot, REST);

        assertThat(next.index.snapshot().cursors()).isEqualTo(snapshot.cursors());
        assertThat(next.index.snapshot().held()).isEqualTo(snapshot.held());
        assertThat(next.index.snapshot().releases()).isEqualTo(snapshot.releases());
        assertThat(next.index.holding("3").orElseThrow().pending()).isEqualTo(Bed.assignment("*: x=101/TCP"));
    }
}
