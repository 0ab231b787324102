package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB;
import static io.portclaim.operator.claim.Samples.WEB_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.webJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.Allocations;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import java.time.Clock;
import java.time.Duration;
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
class DeparturesTest {
    private final ScriptedApi api = new ScriptedApi();
    private final Allocations allocations =
            new Allocations(Clock.systemUTC(), new ForeignPorts(), new Listeners(new ForeignPorts()));
    private final Roster roster = new Roster();
    private final Gate gate = new Gate();
    private final Departures departures =
            new Departures(api.live(), new KeyLocks(), allocations, (pool, grant) -> Samples.REST, roster, gate);

    @BeforeEach
    void begin() {
        Claim web = Samples.web("uid-1", 10);
        Samples.hold(allocations, web);
        roster.lookingAt(web);
        gate.beginLoading();
        gate.open();
    }

    @AfterEach
    void end() {
        departures.close();
        api.close();
    }

    private void assertReleased(boolean released) {
        assertThat(allocations.holding("uid-1").isEmpty()).isEqualTo(released);
        assertThat(roster.get("uid-1").isEmpty()).isEqualTo(released);
        assertThat(allocations.resting()).isEqualTo(released ? 1 : 0);
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
    void nothingIsLetGoOfBy(int code, String body) {
        api.answers(code, body);
        assertThatThrownBy(() -> departures.releaseIfGone("uid-1", WEB))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("can't be read now");
        assertReleased(false);
    }

    @Test
    void norByAnAnswerThatGotLost() {
        api.cuts();
        assertThatThrownBy(() -> departures.releaseIfGone("uid-1", WEB)).isInstanceOf(RuntimeException.class);
        assertReleased(false);
    }

    @Test
    void norWhileItIsThere() {
        api.answers(200, webJson("uid-1", 12, null));
        assertThat(departures.releaseIfGone("uid-1", WEB)).isFalse();
        assertReleased(false);
        assertThat(api.log()).containsExactly("GET " + WEB_PATH);
    }

    @Test
    void itIsGoneWhenTheApiServerSaysSoOfThisVeryName() {
        api.answers(404, notFound("web"));
        assertThat(departures.releaseIfGone("uid-1", WEB)).isTrue();
        assertReleased(true);
    }

    @Test
    void itIsGoneWhenAnotherBearsItsName() {
        api.answers(200, webJson("uid-2", 20, null));
        assertThat(departures.releaseIfGone("uid-1", WEB)).isTrue();
        assertReleased(true);
    }

    @Test
    void anUpdateThatShowsAnotherUidIsLookedInto() {
        PortClaim before = Samples.YAML.unmarshal(webJson("uid-1", 10, null), PortClaim.class);
        PortClaim now = Samples.YAML.unmarshal(webJson("uid-2", 20, null), PortClaim.class);
        api.answers(200, webJson("uid-2", 20, null));
        departures.onResourceUpdated(before, before);
        departures.onResourceUpdated(now, before);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> allocations.holding("uid-1").isEmpty());
        assertThat(api.log()).containsExactly("GET " + WEB_PATH);
    }

    @Test
    void aClaimIsNotReleasedWhileItIsBeingServed() throws InterruptedException {
        KeyLocks turns = new KeyLocks();
        api.answers(404, notFound("web"));
        try (Departures waiting =
                new Departures(api.live(), turns, allocations, (pool, grant) -> Samples.REST, roster, gate)) {
            Thread release = new Thread(() -> waiting.releaseIfGone("uid-1", WEB));
            turns.inTurn(WEB, () -> {
                release.start();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> Stream.of(Thread.State.WAITING, Thread.State.TERMINATED)
                                .anyMatch(release.getState()::equals));
                assertThat(api.log()).isEmpty();
                return true;
            });
            release.join();
        }
        assertReleased(true);
    }
}
