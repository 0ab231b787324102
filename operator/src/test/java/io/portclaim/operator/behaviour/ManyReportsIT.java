package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortPoolStatus.NodeFacts;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Reports of many nodes; {@code dev/benchmark --scenarios reports} does it with thousands, and measures. */
@ExtendWith(LocalCluster.class)
class ManyReportsIT {
    private static final int NODES = 200;
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static String name(int node) {
        return "many-%03d".formatted(node);
    }

    private static void report(int node, String tcp) {
        fixture.client()
                .resources(PortReport.class)
                .withName(name(node))
                .subresource("status")
                .patch(OperatorFixture.merge(), fixture.json("""
                        status:
                          ephemeralRange: 32768-60999
                          ephemeralPorts: 28232
                          connectionsPerSecond: 470
                          listeners: {tcp: "22,10248-10250,%s"}
                          reporter: {namespace: agents, name: agent-%d, uid: uid-%d}
                          reportedAt: "2026-01-01T00:00:00Z"
                        """.formatted(tcp, node, node)));
    }

    @Test
    void whatManyNodesReportIsKnownAndWhatConcernsNoPoolDisturbsNobody() {
        fixture.pool("many", "{ranges: [21000-21009], staticBand: 0, nodeSelector: {matchLabels: {row: many}}}");
        for (int node = 0; node < NODES; node++) {
            fixture.node(name(node), "{labels: {row: many}}");
            fixture.make(
                    PortReport.class,
                    "apiVersion: portclaim.io/v1alpha1\nkind: PortReport\nmetadata: {name: %s}".formatted(name(node)));
            report(node, node < 10 ? String.valueOf(21000 + node) : "21000");
        }
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(fixture.poolStatus("many").nodeFacts()).isEqualTo(new NodeFacts(NODES, 0, 0, 0)));
        ClaimProbe wide = fixture.claim("wide", "{poolName: many, scope: Cluster, ports: [{name: a}]}");
        assertThat(wide.refusal("PoolExhausted")).contains("no port is free");
        assertThat(fixture.claim("one", "{poolName: many, scope: Node, nodeName: many-011, ports: [{name: a}]}")
                        .ports())
                .isEqualTo("a=21001");

        await("the pool's status is up to date")
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(fixture.poolStatus("many").claims()).isEqualTo(1));
        await("nothing is under way any more")
                .pollInterval(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(new Settled(() -> List.of(looks(), fixture.versions())));
        Map<String, String> before = fixture.versions();
        String looks = looks();
        IntStream.range(0, NODES).forEach(node -> report(node, (node < 10 ? 21000 + node : 21000) + ",9100"));
        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(() -> looks().equals(looks) && fixture.versions().equals(before));

        report(5, "9100");
        assertThat(wide.ports()).isEqualTo("a=21005");
    }

    private static String looks() {
        return fixture.metrics()
                .lines()
                .filter(line -> line.startsWith("portclaim_reconciles_total"))
                .findFirst()
                .orElseThrow();
    }
}
