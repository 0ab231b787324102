package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A port that a node may lend to an outgoing connection is not given out on it. */
@ExtendWith(LocalCluster.class)
class EphemeralPortsIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static final String RANGE = "portclaim.io/ephemeral-port-range";
    private static final String RESERVED = "portclaim.io/reserved-ports";

    private static ClaimProbe onNode(String name, String node, String pool) {
        return fixture.claim(
                name, "{poolName: %s, scope: Node, nodeName: %s, ports: [{name: a}]}".formatted(pool, node));
    }

    @Test
    void theRangeThatANodeNamesIsLeftOutUnlessItsKernelReservesPortsThere() {
        fixture.node("eph-annotated", "{annotations: {%s: '21000-21004'}}".formatted(RANGE));
        fixture.node(
                "eph-reserved",
                "{annotations: {%s: \"21000\\t21004\", %s: '21003,30000-30009'}}".formatted(RANGE, RESERVED));
        fixture.pool("eph-1", "{ranges: [21000-21005], staticBand: 0}");
        assertThat(onNode("annotated", "eph-annotated", "eph-1").ports()).isEqualTo("a=21005");
        assertThat(onNode("reserved", "eph-reserved", "eph-1").ports()).isEqualTo("a=21003");

        ClaimProbe very = fixture.claim(
                "very", "{poolName: eph-1, scope: Node, nodeName: eph-annotated, ports: [{name: a, port: 21002}]}");
        assertThat(very.refusal("PortNotUsable"))
                .isEqualTo(
                        "port 21002 lies in the ephemeral range 21000-21004 of node eph-annotated (from its annotation),"
                                + " so the node's kernel may use it for an outgoing connection; choose a port"
                                + " outside that range, or reserve it there with net.ipv4.ip_local_reserved_ports");
        fixture.editNode("eph-annotated", "{annotations: {%s: '21002'}}".formatted(RESERVED));
        assertThat(very.ports()).as("served once the node reserves it").isEqualTo("a=21002");
    }

    @Test
    void ofANodeThatNamesNoneARangeIsAssumed() {
        fixture.node("eph-linux", "{labels: {kubernetes.io/os: linux}}");
        fixture.node("eph-windows", "{labels: {kubernetes.io/os: windows}}");
        fixture.pool("eph-2", "{ranges: [32767-32768, 49151-49152], staticBand: 0, nodePorts: {policy: Ignore}}");
        assertThat(onNode("linux", "eph-linux", "eph-2").ports()).isEqualTo("a=32767");
        ClaimProbe windows = fixture.claim(
                "windows", "{poolName: eph-2, scope: Node, nodeName: eph-windows, ports: [{name: a, port: 32768}]}");
        assertThat(windows.ports()).isEqualTo("a=32768");
        fixture.pool("eph-3", "{ranges: [21100-21105], staticBand: 0, ephemeralPorts: {assumed: 21100-21103}}");
        assertThat(onNode("assumed", "eph-linux", "eph-3").ports()).isEqualTo("a=21104");
    }

    @Test
    void clusterScopeLeavesOutWhatAnyNodeOfThePoolMayLend() {
        fixture.node("eph-low", "{labels: {row: eph}, annotations: {%s: '21200-21202'}}".formatted(RANGE));
        fixture.node("eph-high", "{labels: {row: eph}, annotations: {%s: '21204-21206'}}".formatted(RANGE));
        fixture.pool("eph-4", "{ranges: [21200-21206], staticBand: 0, nodeSelector: {matchLabels: {row: eph}}}");
        assertThat(fixture.claim("cluster", "{poolName: eph-4, scope: Cluster, ports: [{name: a}]}")
                        .ports())
                .isEqualTo("a=21203");
        ClaimProbe perNode =
                fixture.claim("per-node", "{poolName: eph-4, scope: Node, allNodes: true, ports: [{name: a}]}");
        perNode.ready();
        assertThat(perNode.portsByNode().get("eph-low")).isEqualTo("a=21204");
        assertThat(perNode.portsByNode().get("eph-high")).isEqualTo("a=21200");
    }

    private static String unreadable(String text) {
        return "its annotation portclaim.io/ephemeral-port-range cannot be read: \"" + text
                + "\" is not a range: write two ends from 1 to 65535, the lower first, such as 32768-60999";
    }

    @Test
    void aRangeThatCantBeReadMakesNoPortUsableAndTheClaimAndThePoolSaySo() {
        fixture.node("eph-bad", "{labels: {row: bad}, annotations: {%s: '32768,60999'}}".formatted(RANGE));
        fixture.pool("eph-6", "{ranges: [40000-40009], staticBand: 0, nodeSelector: {matchLabels: {row: bad}}}");
        String why =
                "node eph-bad: " + unreadable("32768,60999") + "; none of its ports is assigned until it can be read";
        ClaimProbe claim = onNode("bad", "eph-bad", "eph-6");
        assertThat(claim.refusal("PoolExhausted"))
                .isEqualTo("pool eph-6 has no port that can be assigned on node eph-bad: " + why);
        ClaimProbe very = fixture.claim(
                "bad-very", "{poolName: eph-6, scope: Node, nodeName: eph-bad, ports: [{name: a, port: 40005}]}");
        assertThat(very.refusal("PortNotUsable"))
                .isEqualTo("port 40005 cannot be assigned on node eph-bad, and neither can any other port there: "
                        + unreadable("32768,60999"));
        ClaimProbe everywhere = fixture.claim("bad-all", "{poolName: eph-6, scope: Cluster, ports: [{name: a}]}");
        assertThat(everywhere.refusal("PoolExhausted")).endsWith(why);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolCondition("eph-6", "NodesUnreadable"))
                        .isEqualTo("True NodeUnreadable: " + why));
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(fixture.poolEvents("eph-6")).containsExactly("Warning NodeUnreadable: " + why));

        fixture.editNode("eph-bad", "{annotations: {%s: '15000-25000'}}".formatted(RANGE));
        assertThat(List.of(claim.ports(), everywhere.ports()))
                .as("whichever of them is served first")
                .containsExactlyInAnyOrder("a=40000", "a=40001");
        assertThat(very.ports()).isEqualTo("a=40005");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolCondition("eph-6", "NodesUnreadable"))
                        .startsWith("False NodesReadable"));
        assertThat(fixture.poolEvents("eph-6")).as("reported once").hasSize(1);
    }

    @Test
    void theLastRangeThatWasReadCountsOnAndAWaitingClaimSaysSo() {
        fixture.node("eph-last", "{labels: {row: last}, annotations: {%s: '15000-60999'}}".formatted(RANGE));
        fixture.pool("eph-7", "{ranges: [18360-18361], staticBand: 0, nodeSelector: {matchLabels: {row: last}}}");
        ClaimProbe claim = fixture.claim(
                "last", "{poolName: eph-7, scope: Node, nodeName: eph-last, ports: [{name: a, port: 18360}]}");
        claim.refusal("PortNotUsable");
        fixture.editNode("eph-last", "{annotations: {%s: 'any'}}".formatted(RANGE));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.condition("Ready"))
                        .contains("lies in the ephemeral range 15000-60999 of node eph-last")
                        .endsWith("; this is the last readable range, because " + unreadable("any")));
        fixture.editNode("eph-last", "{annotations: {%s: '18360;18361'}}".formatted(RESERVED));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.condition("Ready"))
                        .contains("choose a port outside that range; the node may reserve it already, but its"
                                + " annotation portclaim.io/reserved-ports cannot be read: \"18360;18361\"")
                        .doesNotContain("net.ipv4"));
        fixture.editNode("eph-last", "{annotations: {%s: '18360,18361'}}".formatted(RESERVED));
        assertThat(claim.ports()).isEqualTo("a=18360");
    }

    @Test
    void aRangeThatChangesUnderAClaimIsReportedAndMovesNothing() {
        fixture.node("eph-changes", "{annotations: {%s: '40000-50000'}}".formatted(RANGE));
        fixture.pool("eph-5", "{ranges: [21300-21309], staticBand: 0}");
        ClaimProbe claim = onNode("changes", "eph-changes", "eph-5");
        assertThat(claim.ports()).isEqualTo("a=21300");

        fixture.editNode("eph-changes", "{annotations: {%s: '15000-25000'}}".formatted(RANGE));
        assertThat(claim.message("Usable", "False InEphemeralRange"))
                .isEqualTo("port 21300 lies in the ephemeral range 15000-25000 of node eph-changes (from its"
                        + " annotation), whose kernel may use it for an outgoing connection; reserve it"
                        + " there with net.ipv4.ip_local_reserved_ports, or delete the claim and create it"
                        + " again");
        assertThat(claim.ports()).as("never moved, still Ready").isEqualTo("a=21300");
        assertThat(claim.data()).containsEntry("A_PORT", "21300");

        fixture.editNode("eph-changes", "{annotations: {%s: '21300'}}".formatted(RESERVED));
        claim.message("Usable", "True Usable");
        fixture.editNode("eph-changes", "{annotations: {%s: null}}".formatted(RESERVED));
        claim.message("Usable", "False InEphemeralRange");
        fixture.editNode("eph-changes", "{annotations: {%s: '40000-50000'}}".formatted(RANGE));
        claim.message("Usable", "True Usable");
        assertThat(claim.ports()).isEqualTo("a=21300");
    }
}
