package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.Dashboards;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Promtool;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An operator that has nothing to do writes nothing but its Lease, and its endpoints say how things stand. */
@ExtendWith(LocalCluster.class)
class QuietIT {
    private OperatorFixture fixture;

    @BeforeEach
    void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("quiet-a", "{labels: {row: quiet}}");
        fixture.node("quiet-b", "{labels: {row: quiet}}");
        fixture.pool("quiet", "{ranges: [21000-21004], staticBand: 0, cooldown: {tcp: 10m}}");
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    @Test
    void nothingIsWrittenWhenNothingHappens() {
        fixture.claim("cluster", "{poolName: quiet, scope: Cluster, ports: [{name: a}, {name: b}]}")
                .ready();
        fixture.claim("nodes", "{poolName: quiet, scope: Node, allNodes: true, ports: [{name: a}]}")
                .ready();
        fixture.claim("taken", "{poolName: quiet, scope: Cluster, ports: [{name: a, port: 21000}]}")
                .refusal("PortTaken");
        fixture.claim("full", "{poolName: quiet, scope: Cluster, ports: [{name: a, count: 5}]}")
                .refusal("PoolExhausted");
        fixture.claim("same-map", "{poolName: quiet, scope: Cluster, configMapName: nodes-ports, ports: [{name: a}]}")
                .refusal("ConfigMapConflict");
        ClaimProbe gone = fixture.claim("gone", "{poolName: quiet, scope: Cluster, ports: [{name: a}]}")
                .ready();
        gone.delete();
        await("the garbage collector has its ConfigMap")
                .atMost(SOON.multipliedBy(2))
                .until(() -> fixture.client()
                                .configMaps()
                                .inNamespace(fixture.namespace())
                                .withName("gone-ports")
                                .get()
                        == null);
        await("what happens has been reported")
                .pollInterval(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(new Settled(fixture::versions));

        Map<String, String> before = fixture.versions();
        await("nothing is written")
                .during(Duration.ofSeconds(10))
                .atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.versions()).isEqualTo(before));
    }

    @Test
    void theEndpointsSayHowThingsStand() {
        fixture.claim("one", "{poolName: quiet, scope: Cluster, ports: [{name: a}]}")
                .ready();
        fixture.claim("two", "{poolName: quiet, scope: Node, nodeName: quiet-a, ports: [{name: a}]}")
                .ready();
        fixture.claim("none", "{poolName: quiet-none, scope: Cluster, ports: [{name: a}]}")
                .refusal("PoolNotFound");
        ClaimProbe unusable = fixture.claim(
                        "unusable",
                        "{poolName: quiet, scope: Node, nodeName: quiet-b, ports: [{name: a, port: 21004}]}")
                .ready();
        fixture.pod(
                fixture.newNamespace("{}"),
                "in-the-way",
                "quiet-b",
                "ports: [{containerPort: 21004, hostPort: 21004}]");
        await().atMost(SOON).until(() -> unusable.condition("Usable").contains("HeldByOthers"));
        assertThat(fixture.get("/livez")).startsWith("200 ");
        assertThat(fixture.get("/readyz")).startsWith("200 ");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.metrics().lines())
                        .contains(
                                "portclaim_leading 1.0",
                                "portclaim_claims{phase=\"Bound\"} 3.0",
                                "portclaim_claims{phase=\"Pending\"} 1.0",
                                "portclaim_claims{phase=\"Conflicted\"} 0.0",
                                "portclaim_claims_waiting{reason=\"PoolNotFound\"} 1.0",
                                "portclaim_claim_ready_seconds_count 3",
                                "portclaim_pool_slots{pool=\"quiet\"} 10.0",
                                "portclaim_pool_slots_assigned{pool=\"quiet\"} 4.0",
                                "portclaim_pool_slots_available{pool=\"quiet\"} 6.0",
                                "portclaim_pool_cluster_numbers{pool=\"quiet\"} 5.0",
                                "portclaim_pool_cluster_numbers_available{pool=\"quiet\"} 2.0",
                                "portclaim_pool_tightest_node_available{pool=\"quiet\"} 3.0"));
        String scrape = fixture.metrics().substring("200 ".length());
        Promtool.checkMetrics(scrape);
        assertThat(Dashboards.missingIn(scrape, false)).isEmpty();
    }
}
