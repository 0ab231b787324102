package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.WEB_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.webJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.DeletedClaimReleaser;
import io.portclaim.operator.protocol.KeyLocks;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.UndatedMaps;
import io.portclaim.operator.threads.SystemTime;
import io.portclaim.operator.threads.Workers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What proves that a claim is gone, and what does not. */
@Timeout(60)
class DeletedClaimReleaserTest {
    private static final Recovery.Orphan ORPHAN = new Recovery.Orphan("uid-1", WEB, "web-ports", Samples.port(1000));
    private static final ClaimKey WEB_PORTS = new ClaimKey("shop", "web-ports");
    private static final long WEB_MAP = ConfigMapId.of("shop", "web-ports");
    private static final String DELETED = "{\"kind\":\"Status\",\"status\":\"Success\"}";

    private final ScriptedApi api = new ScriptedApi();
    private final PortIndex portIndex = new PortIndex(
            Clock.systemUTC(),
            new ForeignPorts(),
            new Listeners(new ForeignPorts(), Clock.systemUTC()),
            new EstimatedSize());
    private final ClaimTracker tracker = new ClaimTracker();
    private final ServingGate gate = new ServingGate(new SystemTime());
    private final KeyLocks turns = new KeyLocks(new SystemTime());
    private final UndatedMaps undated = new UndatedMaps();
    private final DeletedClaimReleaser releaser = releaser(turns);

    private DeletedClaimReleaser releaser(KeyLocks ofClaims) {
        return new DeletedClaimReleaser(
                api.live(),
                api.maps(),
                ofClaims,
                portIndex,
                (pool, grant) -> Samples.REST,
                tracker,
                gate,
                undated,
                new Workers("releaser", 4));
    }

    @BeforeEach
    void begin() {
        Claim web = Samples.web("uid-1", 10);
        Samples.hold(portIndex, web);
        tracker.serving(web);
        gate.beginLoading();
        gate.open();
    }

    @AfterEach
    void end() {
        releaser.close();
        api.close();
    }

    private void assertReleased(boolean released) {
        assertThat(portIndex.allocation("uid-1").isEmpty()).isEqualTo(released);
        assertThat(tracker.get("uid-1").isEmpty()).isEqualTo(released);
        assertThat(portIndex.unfinishedReleases()).isEqualTo(released ? 1 : 0);
    }

    static Stream<Arguments> provesNothing() {
        return Stream.of(
                Arguments.of(404, "404 page not found"),
                Arguments.of(404, ""),
                Arguments.of(404, failure("NotFound", null)),
                Arguments.of(404, notFound("other")),
                Arguments.of(404, failure("SomethingElse", "web")),
                Arguments.of(403, failure("Forbidden", "web")),
                Arguments.of(500, failure("NotFound", "web")),
                Arguments.of(503, ""));
    }

    @ParameterizedTest
    @MethodSource("provesNothing")
    void nothingIsReleasedBy(int code, String body) {
        api.answers(code, body);
        assertThatThrownBy(() -> releaser.releaseIfGone("uid-1", WEB))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("can't be read now");
        assertReleased(false);
    }

    @Test
    void norByAnAnswerThatGotLost() {
        api.cuts();
        assertThatThrownBy(() -> releaser.releaseIfGone("uid-1", WEB)).isInstanceOf(RuntimeException.class);
        assertReleased(false);
    }

    @Test
    void norWhileItIsThere() {
        api.answers(200, webJson("uid-1", 12, null));
        assertThat(releaser.releaseIfGone("uid-1", WEB)).isFalse();
        assertReleased(false);
        assertThat(api.log()).containsExactly("GET " + WEB_PATH);
    }

    @Test
    void itIsGoneWhenTheApiServerSaysSoOfThisVeryName() {
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));
        assertThat(releaser.releaseIfGone("uid-1", WEB)).isTrue();
        assertReleased(true);
    }

    @Test
    void itIsGoneWhenAnotherBearsItsName() {
        api.answers(200, webJson("uid-2", 20, null)).answers(404, notFound("web-ports"));
        assertThat(releaser.releaseIfGone("uid-1", WEB)).isTrue();
        assertReleased(true);
    }

    @Test
    void anUpdateThatShowsAnotherUidIsLookedInto() {
        PortClaim before = Samples.YAML.unmarshal(webJson("uid-1", 10, null), PortClaim.class);
        PortClaim now = Samples.YAML.unmarshal(webJson("uid-2", 20, null), PortClaim.class);
        api.answers(200, webJson("uid-2", 20, null)).answers(404, notFound("web-ports"));
        ClaimDeletions deletions = new ClaimDeletions(releaser, claim -> {});
        deletions.onResourceUpdated(before, before);
        deletions.onResourceUpdated(now, before);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> portIndex.allocation("uid-1").isEmpty());
        assertThat(api.log()).containsExactly("GET " + WEB_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void aClaimIsNotReleasedWhileItIsBeingServed() {
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));
        try (DeletedClaimReleaser waiting = releaser(turns)) {
            turns.inTurn(WEB, () -> {
                waiting.deleted("uid-1", WEB);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> WaitingTurns.isAnyWaiting() || !api.log().isEmpty());
                assertThat(api.log()).isEmpty();
                return true;
            });
        }
        assertReleased(true);
    }

    @Test
    void whatWasHeardBeforeTheStopIsLookedUpAndReleased() {
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));
        gate.close();
        releaser.deleted("uid-1", WEB);

        releaser.close();

        assertReleased(true);
    }

    /** It would be tried again some seconds later, and then there is no operator any more. */
    @Test
    void whatGotNoAnswerYetIsTriedOnceMoreAtTheStop() {
        api.answers(503, "").answers(404, notFound("web")).answers(404, notFound("web-ports"));
        releaser.deleted("uid-1", WEB);
        await().atMost(Duration.ofSeconds(30)).until(() -> releaser.unanswered() == 1);
        gate.close();

        releaser.close();

        assertReleased(true);
    }

    @Test
    void aStopReleasesNothingThatItGetsNoAnswerOf() {
        api.answers(503, "").answers(503, "");
        releaser.deleted("uid-1", WEB);
        await().atMost(Duration.ofSeconds(30)).until(() -> releaser.unanswered() == 1);
        gate.close();

        releaser.close();

        assertReleased(false);
        assertThat(api.log()).hasSize(2);
    }

    @Test
    void anOperatorThatNeverServedReleasesNothing() {
        ServingGate shut = new ServingGate(new SystemTime());
        shut.beginLoading();
        try (DeletedClaimReleaser standby = new DeletedClaimReleaser(
                api.live(),
                api.maps(),
                new KeyLocks(new SystemTime()),
                portIndex,
                (pool, grant) -> Samples.REST,
                tracker,
                shut,
                undated,
                new Workers("releaser", 1))) {
            standby.deleted("uid-1", WEB);
            shut.close();
        }
        assertReleased(false);
        assertThat(api.log()).isEmpty();
    }

    @Test
    void aStopDoesNotWaitForEver() {
        KeyLocks turns = new KeyLocks(new SystemTime());
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));
        long begin = System.nanoTime();
        turns.inTurn(WEB, () -> {
            try (DeletedClaimReleaser waiting = releaser(turns)) {
                waiting.deleted("uid-1", WEB);
            }
            return true;
        });
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
    }

    /** What was asked, without passes. */
    private List<String> requests() {
        return api.log().stream().filter(line -> !line.equals("pass")).toList();
    }

    private Release release() {
        return portIndex.snapshot().releases().get(0);
    }

    @Test
    void theConfigMapThatItLeftIsDeletedBeforeItsPortsAreReleased() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        api.answers(404, notFound("web"))
                .answers(200, Samples.json(Samples.map("uid-1", 5)))
                .answers(200, DELETED);

        assertThat(releaser.releaseIfGone("uid-1", WEB)).isTrue();

        assertThat(requests()).containsExactly("GET " + WEB_PATH, "GET " + WEB_MAP_PATH, "DELETE " + WEB_MAP_PATH);
        assertReleased(true);
        assertThat(release().map()).isEqualTo(WEB_MAP);
        assertThat(release().namedUntil())
                .as("the API server's time of the deletion")
                .isBetween(before, Instant.now());
    }

    @Test
    void ofOneThatIsGoneAlreadyItIsKnownSinceWhen() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));

        releaser.releaseIfGone("uid-1", WEB);

        assertThat(release().namedUntil()).isBetween(before, Instant.now());
    }

    @Test
    void nothingIsReleasedWhileItsConfigMapCannotBeRead() {
        api.answers(404, notFound("web")).answers(500, failure("InternalError", "web-ports"));
        assertThatThrownBy(() -> releaser.releaseIfGone("uid-1", WEB)).isInstanceOf(RuntimeException.class);
        assertReleased(false);
    }

    @Test
    void norWhileItCannotBeDeleted() {
        api.answers(404, notFound("web"))
                .answers(200, Samples.json(Samples.map("uid-1", 5)))
                .answers(403, failure("Forbidden", "web-ports"));
        assertThatThrownBy(() -> releaser.releaseIfGone("uid-1", WEB)).isInstanceOf(RuntimeException.class);
        assertReleased(false);
        assertThat(requests()).contains("DELETE " + WEB_MAP_PATH);
    }

    @Test
    void theConfigMapOfAnotherIsLeftAlone() {
        api.answers(200, webJson("uid-2", 20, null)).answers(200, Samples.json(Samples.map("uid-2", 21)));

        assertThat(releaser.releaseIfGone("uid-1", WEB)).isTrue();

        assertThat(requests()).containsExactly("GET " + WEB_PATH, "GET " + WEB_MAP_PATH);
        assertReleased(true);
    }

    @Test
    void ofOneThatHeldNothingNoConfigMapIsLookedFor() {
        api.answers(404, notFound("web"));
        assertThat(releaser.releaseIfGone("uid-none", WEB)).isTrue();
        assertThat(requests()).containsExactly("GET " + WEB_PATH);
    }

    /** The claim is gone, its ports are released and cool, and its ConfigMap is gone since long ago. */
    private void releasedLongAgo() {
        portIndex.release("uid-1", (pool, grant) -> Samples.REST, Samples.NAMED_UNTIL);
        portIndex.advance(release -> false);
        assertThat(release().isBlocked()).isFalse();
        assertThat(release().namedUntil()).isEqualTo(Samples.NAMED_UNTIL);
    }

    private void awaitRequests(String... requests) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(requests()).containsExactly(requests));
    }

    @Test
    void anOrphanIsDeletedAndBlocksItsPortsUntilThen() {
        releasedLongAgo();
        api.answers(404, notFound("web"))
                .answers(200, Samples.json(Samples.map("uid-1", 5)))
                .answers(403, failure("Forbidden", "web-ports"));

        releaser.removeOrphans(List.of(ORPHAN));

        awaitRequests("GET " + WEB_PATH, "GET " + WEB_MAP_PATH, "DELETE " + WEB_MAP_PATH);
        assertThat(release().isBlocked()).isTrue();
        assertThat(release().namedUntil()).as("it names it").isNull();
        api.answers(404, notFound("web"))
                .answers(200, Samples.json(Samples.map("uid-1", 5)))
                .answers(200, DELETED);
        await("the next try")
                .atMost(Duration.ofSeconds(30))
                .until(() -> release().namedUntil() != null);
        assertThat(release().namedUntil())
                .as("the clock of the API server when it was deleted")
                .isAfter(Samples.NAMED_UNTIL);
        assertThat(requests()).hasSize(6);
    }

    @Test
    void anOrphanThatAClaimOfTheNamePublishesToIsLeftToIt() {
        releasedLongAgo();
        api.answers(200, webJson("uid-2", 20, null));

        releaser.removeOrphans(List.of(ORPHAN));

        awaitRequests("GET " + WEB_PATH);
        awaitTurn();
        assertThat(requests()).hasSize(1);
        assertThat(release().namedUntil()).isEqualTo(Samples.NAMED_UNTIL);
    }

    /** Once it is this thread's turn with the claim, whatever was under way has ended. */
    private void awaitTurn() {
        turns.inTurn(WEB, () -> true);
    }

    @Test
    void anOrphanOfAClaimThatPublishesElsewhereNowIsDeleted() {
        releasedLongAgo();
        PortClaim elsewhere = Samples.object(
                WEB, "uid-2", 20, "{poolName: main, scope: Cluster, configMapName: other, ports: [{name: http}]}");
        api.answers(200, Samples.YAML.asJson(elsewhere))
                .answers(200, Samples.json(Samples.map("uid-1", 5)))
                .answers(200, DELETED);

        releaser.removeOrphans(List.of(ORPHAN));

        awaitRequests("GET " + WEB_PATH, "GET " + WEB_MAP_PATH, "DELETE " + WEB_MAP_PATH);
    }

    @Test
    void aConfigMapThatComesBackIsDeletedAgain() {
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));
        releaser.releaseIfGone("uid-1", WEB);
        Instant first = Objects.requireNonNull(release().namedUntil());
        api.answers(404, notFound("web"))
                .answers(200, Samples.json(Samples.map("uid-1", 5)))
                .answers(200, DELETED);

        releaser.mapSeen(new ClaimKey("shop", "web-ports"), "uid-1", WEB);

        awaitRequests(
                "GET " + WEB_PATH,
                "GET " + WEB_MAP_PATH,
                "GET " + WEB_PATH,
                "GET " + WEB_MAP_PATH,
                "DELETE " + WEB_MAP_PATH);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> release().namedUntil() != null && release().isBlocked());
        assertThat(release().namedUntil()).isAfterOrEqualTo(first);
    }

    @Test
    void aConfigMapOfWhichNothingIsReleasedIsNotLookedAt() {
        releaser.mapSeen(new ClaimKey("shop", "web-ports"), "uid-0", WEB);
        releasedLongAgo();
        releaser.mapSeen(new ClaimKey("shop", "web-ports"), "from-a-backup", WEB);
        releaser.mapSeen(new ClaimKey("shop", "others"), "uid-1", WEB);
        Samples.hold(portIndex, Samples.web("uid-2", 20));
        releaser.mapSeen(new ClaimKey("shop", "web-ports"), "uid-2", WEB);
        releaser.close();

        assertThat(requests()).isEmpty();
    }

    /** What the ConfigMap of an earlier claim of the name names on node n1, where nobody could overwrite it. */
    private void namedByAnEarlierClaim() {
        portIndex.keepNamed(WEB, "main", "web-ports", Samples.port(1001), (pool, grant) -> Samples.REST);
        undated.add(WEB_PORTS, WEB);
    }

    private List<Release> stillNamed() {
        return portIndex.snapshot().releases().stream()
                .filter(release -> release.namedUntil() == null)
                .toList();
    }

    @Test
    void whatAnEarlierClaimsConfigMapNamedIsBlockedUntilItIsGone() {
        namedByAnEarlierClaim();
        api.answers(404, notFound("web")).answers(200, Samples.json(Samples.map("uid-0", 5)));
        releaser.releaseIfGone("uid-1", WEB);
        assertThat(stillNamed()).hasSize(2);

        api.answers(404, notFound("web-ports"));
        releaser.mapGone(WEB_PORTS, WEB);

        await().atMost(Duration.ofSeconds(30)).until(() -> undated.all().isEmpty());
        assertThat(stillNamed()).isEmpty();
    }

    /** The claim had its ports from that one, and could not overwrite its ConfigMap, as a policy refused it. */
    @Test
    void whatTheClaimHeldItselfIsBlockedWhileAnEarlierClaimsConfigMapNamesIt() {
        api.answers(404, notFound("web")).answers(200, Samples.json(Samples.map("uid-0", 5)));
        releaser.releaseIfGone("uid-1", WEB);
        assertThat(stillNamed()).hasSize(1);

        api.answers(404, notFound("web-ports"));
        releaser.sweep(key -> true);

        await().atMost(Duration.ofSeconds(30)).until(() -> stillNamed().isEmpty());
    }

    @Test
    void itIsGoneTogetherWithTheClaim() {
        namedByAnEarlierClaim();
        api.answers(404, notFound("web")).answers(404, notFound("web-ports"));
        releaser.releaseIfGone("uid-1", WEB);
        assertThat(stillNamed()).isEmpty();
    }

    /** Someone has taken the label off it, or the watch has missed that it went. */
    @Test
    void whatNoWatchReportsIsFoundBySweeping() {
        namedByAnEarlierClaim();
        api.answers(404, notFound("web")).answers(200, Samples.json(Samples.map("uid-0", 5)));
        releaser.releaseIfGone("uid-1", WEB);
        api.answers(200, Samples.json(Samples.map("uid-0", 5)));
        releaser.mapGone(WEB_PORTS, WEB);
        awaitRequests("GET " + WEB_PATH, "GET " + WEB_MAP_PATH, "GET " + WEB_MAP_PATH);
        awaitTurn();
        assertThat(stillNamed()).hasSize(2);

        api.answers(404, notFound("web-ports"));
        releaser.sweep(key -> true);

        await().atMost(Duration.ofSeconds(30)).until(() -> stillNamed().isEmpty());
    }

    /** Its news came while everything was loaded, and its claim has no ports to publish. */
    @Test
    void oneThatATakeOverListedIsFoundBySweeping() {
        portIndex.keepNamed(WEB, "main", "web-ports", Samples.port(1001), (pool, grant) -> Samples.REST);
        releaser.lookFor(Map.of(WEB_PORTS, WEB, new ClaimKey("shop", "others"), new ClaimKey("shop", "other")));
        assertThat(undated.all()).containsExactly(Map.entry(WEB_PORTS, WEB));

        api.answers(404, notFound("web-ports"));
        releaser.sweep(key -> true);

        await().atMost(Duration.ofSeconds(30)).until(() -> undated.all().isEmpty());
        assertThat(stillNamed()).isEmpty();
    }

    @Test
    void aConfigMapThatNamesNothingThatWasReleasedIsNotLookedAtWhenItGoes() {
        releaser.mapGone(WEB_PORTS, WEB);
        releasedLongAgo();
        releaser.mapGone(WEB_PORTS, WEB);
        releaser.close();

        assertThat(requests()).isEmpty();
    }
}
