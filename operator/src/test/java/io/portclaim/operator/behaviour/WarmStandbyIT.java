package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A standby takes over what many claims have without reading it again, and misses nothing that its watches have not brought. */
@ExtendWith(LocalCluster.class)
class WarmStandbyIT {
    /** More than are listed anew. */
    private static final int CLAIMS = 1_050;

    private final HeldBackWatches watches = new HeldBackWatches();
    private OperatorFixture fixture;

    @BeforeEach
    void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("standby-a", "{labels: {row: standby}}");
        fixture.pool(
                "standby",
                "{ranges: [21000-22999], staticBand: 0, cooldown: {tcp: 10m}, nodeSelector: {matchLabels: {row: standby}}}");
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    private ClaimProbe claim(String name, String port) {
        return fixture.claim(name, "{poolName: standby, scope: Cluster, ports: [{name: a%s}]}".formatted(port));
    }

    private void awaitAllBound() {
        await("all are served")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.client()
                                .resources(PortClaim.class)
                                .inNamespace(fixture.namespace())
                                .list()
                                .getItems())
                        .hasSize(CLAIMS)
                        .allMatch(claim ->
                                claim.getStatus() != null && claim.getStatus().phase() == Phase.BOUND));
    }

    private RunningOperator standby() {
        Config byHttp = new ConfigBuilder(fixture.client().getConfiguration())
                .withOnlyHttpWatches(true)
                .build();
        RunningOperator standby =
                RunningOperator.start(byHttp, Clock.systemUTC(), watches::attachTo, "--retry-period=500ms");
        await("its informers have listed and watch")
                .atMost(SOON)
                .until(() -> watches.reads().stream()
                                .filter(read -> read.contains("watch=true"))
                                .count()
                        == 2);
        return standby;
    }

    @Test
    void readsOnlyWhatHasChangedAndThatWhole() {
        List<ClaimProbe> claims = new ArrayList<>();
        for (int i = 0; i < CLAIMS; i++) {
            claims.add(claim("c%04d".formatted(i), ""));
        }
        awaitAllBound();
        String edited = claims.get(0).ports().replace("a=", "");
        String deleted = claims.get(1).ports().replace("a=", "");
        try (RunningOperator standby = standby()) {
            watches.hold();
            claims.get(0).edit("{ports: [{name: b}]}");
            claims.get(1).delete();
            String added = claim("added", "").ports().replace("a=", "");
            String after = claims.get(0).ports().replace("b=", "");
            await("its watches have news").atMost(SOON).until(() -> watches.held() == 2);
            int readsBefore = watches.reads().size();

            fixture.stopOperator();
            standby.awaitServing();

            assertThat(watches.reads().subList(readsBefore, watches.reads().size()))
                    .allMatch(read -> read.endsWith("?limit=1") || read.contains("timeoutSeconds=3"))
                    .hasSize(4);
            watches.release();
            assertThat(claim("wants-added", ", port: " + added).refusal("PortTaken"))
                    .contains("is held by claim");
            assertThat(claim("wants-after", ", port: " + after).refusal("PortTaken"))
                    .contains("is held by claim");
            assertThat(claim("wants-edited", ", port: " + edited).refusal("PortTaken"))
                    .containsAnyOf("cooling", "is released");
            assertThat(claim("wants-deleted", ", port: " + deleted).refusal("PortTaken"))
                    .containsAnyOf("cooling", "is released");
            await("it has looked at all of them")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(Endpoint.get(standby, "/metrics"))
                            .contains("portclaim_claims{phase=\"Bound\"} 1050.0"));
        }
    }
}
