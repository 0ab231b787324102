package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every kind of wrong input is refused for its documented reason, and the words say what would work. */
@ExtendWith(LocalCluster.class)
class RefusalsIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster, "--max-nodes-per-claim=2", "--min-cooldown=65s");
        fixture.node("wrong-a", "{labels: {row: wrong}}");
        fixture.node("wrong-b", "{labels: {row: wrong}}");
        fixture.node("wrong-c", "{labels: {row: wrong}}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static String refusal(String name, String reason, String spec) {
        return fixture.claim(name, spec).refusal(reason);
    }

    @Test
    void poolMissing() {
        assertThat(refusal(
                        "pool-missing", "PoolNotFound", "{poolName: wrong-none, scope: Cluster, ports: [{name: a}]}"))
                .isEqualTo("PortPool wrong-none does not exist; create it, or re-create the claim with another"
                        + " spec.poolName");
    }

    @Test
    void noDefaultPool() {
        assertThat(refusal("no-default", "NoDefaultPool", "{scope: Cluster, ports: [{name: a}]}"))
                .isEqualTo("the claim names no pool and no PortPool has the annotation portclaim.io/is-default-pool:"
                        + " \"true\"; annotate one, or re-create the claim with spec.poolName");
    }

    @Test
    void poolFull() {
        fixture.pool("wrong-full", "{ranges: [21000], staticBand: 0}");
        fixture.claim("has-it", "{poolName: wrong-full, scope: Cluster, ports: [{name: a}]}")
                .ready();
        assertThat(refusal("full", "PoolExhausted", "{poolName: wrong-full, scope: Cluster, ports: [{name: a}]}"))
                .isEqualTo("no port is free for 'a' (TCP) in pool wrong-full on every node (3 nodes): its one port is"
                        + " taken on every node; the claim is served as soon as one is released; to get one"
                        + " sooner, widen the pool's ranges");
    }

    @Test
    void portTakenByAnotherNamespacesClaim() {
        fixture.pool("wrong-taken", "{ranges: [21100-21109], staticBand: 0}");
        fixture.claim(
                        fixture.newNamespace("{}"),
                        "hidden",
                        "{poolName: wrong-taken, scope: Cluster, ports: [{name: a, port: 21100}]}")
                .ready();
        assertThat(refusal(
                        "taken",
                        "PortTaken",
                        "{poolName: wrong-taken, scope: Cluster, ports: [{name: a, port: 21100}]}"))
                .isEqualTo("21100/TCP on every node is held by a claim of another namespace; request another port, or"
                        + " leave port out and let the pool choose");
    }

    @Test
    void portNotUsable() {
        fixture.pool("wrong-port", "{ranges: [21200-21209, 40000-40009], exclude: [21205], staticBand: 0}");
        String asked = "{poolName: wrong-port, scope: Node, nodeName: wrong-a, ports: [{name: a, port: %d}]}";
        assertThat(refusal("ephemeral", "PortNotUsable", asked.formatted(40000)))
                .startsWith("port 40000 lies in the ephemeral range 32768-60999 of node wrong-a (assumed), ");
        assertThat(refusal("excluded", "PortNotUsable", asked.formatted(21205)))
                .startsWith("port 21205 is excluded by pool wrong-port, which assigns 21200-21204,21206-21209");
        assertThat(refusal("outside", "PortNotUsable", asked.formatted(80)))
                .startsWith("port 80 is outside pool wrong-port, which assigns 21200-21204,21206-21209");
    }

    @Test
    void tooManyPorts() {
        fixture.pool("wrong-many", "{ranges: [10000-19999]}");
        assertThat(refusal(
                        "many",
                        "LimitExceeded",
                        "{poolName: wrong-many, scope: Cluster, ports: [{name: a, count: 5000}]}"))
                .isEqualTo("5000 ports requested, but PortPool wrong-many assigns at most 64 to one claim; request"
                        + " fewer, or raise its spec.limits.portsPerClaim");
    }

    @Test
    void nodeMissing() {
        fixture.pool("wrong-node", "{ranges: [21300-21309]}");
        assertThat(refusal(
                        "node-missing",
                        "NodeNotFound",
                        "{poolName: wrong-node, scope: Node, nodeName: wrong-nowhere, ports: [{name: a}]}"))
                .isEqualTo("node wrong-nowhere does not exist; the claim is served as soon as it joins");
    }

    @Test
    void noMatchingNode() {
        fixture.pool("wrong-match", "{ranges: [21400-21409], nodeSelector: {matchLabels: {row: nowhere}}}");
        assertThat(refusal(
                        "no-match",
                        "NoMatchingNode",
                        "{poolName: wrong-match, scope: Node, allNodes: true, ports: [{name: a}]}"))
                .isEqualTo("no node of PortPool wrong-match matches the claim; it is served as soon as one does");
        assertThat(refusal(
                        "not-served",
                        "NoMatchingNode",
                        "{poolName: wrong-match, scope: Node, nodeName: wrong-a, ports: [{name: a}]}"))
                .isEqualTo("PortPool wrong-match does not serve node wrong-a: its spec.nodeSelector does not match the"
                        + " node's labels");
    }

    @Test
    void tooManyNodes() {
        fixture.pool("wrong-nodes", "{ranges: [21500-21509], nodeSelector: {matchLabels: {row: wrong}}}");
        assertThat(refusal(
                        "too-many",
                        "TooManyNodes",
                        "{poolName: wrong-nodes, scope: Node, allNodes: true, ports: [{name: a}]}"))
                .startsWith("the claim covers 3 nodes, but one with 1 named ports may cover at most 2")
                .endsWith("use scope Cluster, or narrow spec.nodeSelector");
    }

    @Test
    void aPoolThatCanNotBeFollowed() {
        fixture.pool("wrong-pool", "{ranges: [21600-21609], cooldown: {tcp: 64s}}");
        assertThat(refusal("invalid", "PoolInvalid", "{poolName: wrong-pool, scope: Cluster, ports: [{name: a}]}"))
                .isEqualTo(
                        "PortPool wrong-pool: spec.cooldown.tcp is 64s: a closed connection keeps its port busy for a"
                                + " minute, so at least 65 s are needed");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus("wrong-pool").conditions())
                        .anySatisfy(condition -> {
                            assertThat(condition.type()).isEqualTo("Ready");
                            assertThat(condition.status()).isEqualTo("False");
                            assertThat(condition.reason()).isEqualTo("PoolInvalid");
                        }));
        fixture.editPool("wrong-pool", "{cooldown: {tcp: 65s}}");
        new ClaimProbe(fixture, fixture.namespace(), "invalid").ready();
    }

    @Test
    void whatTheSchemaRefusesIsSaidByKubectl(LocalCluster cluster) throws IOException {
        assertThatThrownBy(() -> apply(cluster, "{scope: Node, ports: [{name: a}]}"))
                .hasMessageContaining("scope Node needs a selection of nodes: set one of nodeName");
        assertThatThrownBy(() -> apply(cluster, "{scope: Cluster, ports: [{name: Web_Server}]}"))
                .hasMessageContaining("not a port name: write at most 15 lower-case letters");
        assertThatThrownBy(() -> apply(cluster, "{scope: Cluster, ports: []}")).hasMessageContaining("spec.ports");
        assertThatThrownBy(() -> apply(cluster, "{scope: Cluster, ports: [{name: a, protocol: ICMP}]}"))
                .hasMessageContaining("supported values: \"SCTP\", \"TCP\", \"TCPUDP\", \"UDP\"");
        assertThatThrownBy(() -> apply(cluster, "{scope: Cluster, prots: [{name: a}]}"))
                .hasMessageContaining("spec.prots");
    }

    private static void apply(LocalCluster cluster, String spec) throws IOException {
        Path file = Files.createTempFile("claim", ".yaml");
        try {
            Files.writeString(file, """
                    apiVersion: portclaim.io/v1alpha1
                    kind: PortClaim
                    metadata: {name: schema, namespace: "%s"}
                    spec: %s
                    """.formatted(fixture.namespace(), spec));
            cluster.kubectl("apply", "-f", file.toString());
        } finally {
            Files.delete(file);
        }
    }
}
