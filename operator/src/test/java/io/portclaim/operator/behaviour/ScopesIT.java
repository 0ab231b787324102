package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.LocalCluster;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where a number is unique, and on which nodes a claim has it. */
@ExtendWith(LocalCluster.class)
class ScopesIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("scope-a", "{labels: {row: scope, disk: ssd}}");
        fixture.node("scope-b", "{labels: {row: scope, disk: ssd}}");
        fixture.node("scope-c", "{labels: {row: scope}}");
        fixture.node("scope-elsewhere", "{}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    @Test
    void clusterScopeIsOneNumberThatNobodyElseGetsOnAnyNode() {
        fixture.pool("scope-1", "{ranges: [21000-21009], staticBand: 0, nodeSelector: {matchLabels: {row: scope}}}");
        ClaimProbe web = fixture.claim("web", "{poolName: scope-1, scope: Cluster, ports: [{name: http}]}");
        assertThat(web.ports()).isEqualTo("http=21000");
        assertThat(web.status().nodes()).as("a Cluster claim lists no nodes").isNull();
        assertThat(web.data()).containsEntry("HTTP_PORT", "21000");

        fixture.pool("scope-1-everywhere", "{ranges: [21000-21009], staticBand: 0}");
        ClaimProbe elsewhere = fixture.claim(
                "elsewhere",
                "{poolName: scope-1-everywhere, scope: Node, nodeName: scope-elsewhere, ports: [{name: http}]}");
        assertThat(elsewhere.ports())
                .as("taken also where its pool has no node")
                .isEqualTo("http=21001");
    }

    @Test
    void aNumberOfNodeScopeIsUniqueOnItsNodeOnly() {
        fixture.pool("scope-2", "{ranges: [21100-21109], staticBand: 0}");
        String asked = "{poolName: scope-2, scope: Node, nodeName: %s, ports: [{name: http, port: 21105}]}";
        ClaimProbe first = fixture.claim("one", asked.formatted("scope-a"));
        ClaimProbe second = fixture.claim("two", asked.formatted("scope-b"));
        assertThat(first.ports()).isEqualTo("http=21105");
        assertThat(second.ports()).isEqualTo("http=21105");

        ClaimProbe third = fixture.claim("three", asked.formatted("scope-a"));
        assertThat(third.refusal("PortTaken"))
                .startsWith("21105/TCP on node scope-a is held by claim one; request another port");
        ClaimProbe everywhere =
                fixture.claim("four", "{poolName: scope-2, scope: Cluster, ports: [{name: http, port: 21105}]}");
        assertThat(everywhere.refusal("PortTaken")).contains("is held by claim ");
    }

    @Test
    void aClaimOverNodesHasOneNumberOnThemAllWhileOneIsFree() {
        fixture.pool("scope-3", "{ranges: [21200-21203], staticBand: 0, nodeSelector: {matchLabels: {row: scope}}}");
        fixture.claim("b", "{poolName: scope-3, scope: Node, nodeName: scope-b, ports: [{name: x, port: 21200}]}")
                .ready();
        ClaimProbe ssd = fixture.claim(
                "ssd",
                "{poolName: scope-3, scope: Node, nodeSelector: {matchLabels: {disk: ssd}}, ports: [{name: http}]}");
        assertThat(ssd.ports()).isEqualTo("http=21201");
        assertThat(ssd.portsByNode()).isEqualTo(Map.of("scope-a", "http=21201", "scope-b", "http=21201"));
        assertThat(ssd.status().nodesDesired()).isEqualTo(2);
        assertThat(ssd.status().nodesAssigned()).isEqualTo(2);

        ClaimProbe all =
                fixture.claim("all", "{poolName: scope-3, scope: Node, allNodes: true, ports: [{name: http}]}");
        assertThat(all.ports()).isEqualTo("http=21202");
        assertThat(all.portsByNode())
                .as("the pool does not serve scope-elsewhere")
                .containsOnlyKeys("scope-a", "scope-b", "scope-c");
    }

    @Test
    void whereNoNumberIsFreeOnAllEachNodeHasItsOwn() {
        fixture.pool("scope-4", "{ranges: [21300-21301], staticBand: 0, nodeSelector: {matchLabels: {disk: ssd}}}");
        fixture.claim("p", "{poolName: scope-4, scope: Node, nodeName: scope-a, ports: [{name: x, port: 21300}]}")
                .ready();
        fixture.claim("q", "{poolName: scope-4, scope: Node, nodeName: scope-b, ports: [{name: x, port: 21301}]}")
                .ready();
        ClaimProbe each =
                fixture.claim("each", "{poolName: scope-4, scope: Node, allNodes: true, ports: [{name: http}]}");
        assertThat(each.ports()).isEqualTo("http=21300 on 1 node, 21301 on 1");
        assertThat(each.portsByNode()).isEqualTo(Map.of("scope-a", "http=21301", "scope-b", "http=21300"));
        assertThat(each.status().ports()).as("no number is the same everywhere").isNull();
        assertThat(each.data())
                .isEqualTo(Map.of("scope-a.env", "HTTP_PORT=21301\n", "scope-b.env", "HTTP_PORT=21300\n"));
    }

    @Test
    void aNodeGetsAllPortsOfAClaimOrNone() {
        fixture.pool("scope-5", "{ranges: [21400-21402], staticBand: 0, nodeSelector: {matchLabels: {disk: ssd}}}");
        fixture.claim("full", "{poolName: scope-5, scope: Node, nodeName: scope-a, ports: [{name: x}, {name: y}]}")
                .ready();
        ClaimProbe pair = fixture.claim(
                "pair", "{poolName: scope-5, scope: Node, allNodes: true, ports: [{name: http}, {name: admin}]}");
        assertThat(pair.refusal("PoolExhausted"))
                .startsWith("1 of 2 nodes has no ports; on scope-a: no port is free for");
        assertThat(pair.portsByNode()).isEqualTo(Map.of("scope-b", "http=21402, admin=21400"));
        assertThat(pair.status().nodesDesired()).isEqualTo(2);
        assertThat(pair.status().nodesAssigned()).isEqualTo(1);
        assertThat(pair.data()).containsOnlyKeys("scope-b.env");
    }
}
