package io.portclaim.operator.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.portclaim.operator.http.Health.Check;
import io.portclaim.operator.lease.Leadership;
import io.portclaim.operator.lease.LeaseName;
import io.portclaim.operator.lease.LeaseSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProbesTest {
    private final Leadership leadership = Leadership.elected(
            new LeaseSettings(
                    new LeaseName("ports", "portclaim"),
                    "me",
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(2)),
            (exitCode, lastWords) -> {});
    private final LeaderCallbacks election = leadership.callbacks();
    private Optional<String> caches = Optional.empty();
    private Optional<String> serving = Optional.of("loading claims");
    private Optional<String> ledger = Optional.empty();
    private final Probes probes = Probes.of(leadership, () -> caches, () -> serving, () -> ledger);

    @Test
    void withoutALeaderNobodyIsReady() {
        assertThat(readiness()).isEqualTo("lease: waiting for a leader\nlease ports/portclaim is held by nobody\n");
    }

    @Test
    void aWarmStandbyIsReadyAndAColdOneIsNot() {
        election.onNewLeader("other-1");
        assertThat(readiness()).isEqualTo("ok\nlease ports/portclaim is held by other-1\n");

        caches = Optional.of("waiting for PortClaim, Node");

        assertThat(readiness())
                .isEqualTo("caches: waiting for PortClaim, Node\nlease ports/portclaim is held by other-1\n");
    }

    @Test
    void aLeaderIsReadyOnceItServes() {
        election.onNewLeader("me");
        election.onStartLeading();
        assertThat(readiness()).isEqualTo("serving: loading claims\nleading by lease ports/portclaim as me\n");

        serving = Optional.empty();

        assertThat(readiness()).isEqualTo("ok\nleading by lease ports/portclaim as me\n");
    }

    @Test
    void aHaltedLedgerIsDeathAndNoLeaderIsNot() {
        assertThat(probes.liveness().report().ok()).isTrue();

        ledger = Optional.of("another leader wrote");

        assertThat(probes.liveness().report().problems()).containsExactly("ledger: another leader wrote");
    }

    @Test
    void aCheckThatThrowsIsAProblemAndHidesNoOther() {
        Health health = new Health(
                () -> "state",
                List.of(
                        new Check("first", () -> {
                            throw new IllegalStateException("broken");
                        }),
                        new Check("second", () -> Optional.of("bad"))));

        assertThat(health.report().text())
                .isEqualTo(
                        "first: the check itself failed: java.lang.IllegalStateException: broken\nsecond: bad\nstate\n");
    }

    private String readiness() {
        return probes.readiness().report().text();
    }
}
