package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.Stage.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An edit is a transaction: done as a whole, or nothing changes and the claim says why. */
@ExtendWith(LocalCluster.class)
class EditsIT {
    private static Stage stage;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        stage = Stage.withOperator(cluster);
        stage.node("edits-a", "{labels: {row: edits}}");
        stage.node("edits-b", "{labels: {row: edits}}");
    }

    @AfterAll
    static void end() {
        stage.close();
    }

    @Test
    void whatIsStillAskedForStays() {
        stage.pool("edits-1", "{ranges: [21000-21009], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe claim = stage.claim("grow", "{poolName: edits-1, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(claim.ports()).isEqualTo("a=21000, b=21001");
        claim.edit("{ports: [{name: c}, {name: b}]}");
        assertThat(claim.ports()).isEqualTo("c=21002, b=21001");
        assertThat(claim.data())
                .containsEntry("B_PORT", "21001")
                .containsEntry("C_PORT", "21002")
                .doesNotContainKey("A_PORT");
    }

    @Test
    void aPortThatWasRemovedRestsAndIsFreeAgain() {
        stage.pool("edits-2", "{ranges: [21100-21101], staticBand: 0, cooldown: {tcp: 15s}}");
        ClaimProbe claim = stage.claim("shrink", "{poolName: edits-2, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(claim.ports()).isEqualTo("a=21100, b=21101");
        claim.edit("{ports: [{name: b}]}");
        assertThat(claim.ports()).isEqualTo("b=21101");
        ClaimProbe next =
                stage.claim("shrunk-after", "{poolName: edits-2, scope: Cluster, ports: [{name: x, port: 21100}]}");
        assertThat(next.refusal("PortTaken"))
                .satisfiesAnyOf(
                        words -> assertThat(words).contains("is cooling after its release"),
                        words -> assertThat(words)
                                .contains(
                                        "is released, and blocked until no ConfigMap, pod or process uses it any more and it has cooled"));
        assertThat(next.ports()).isEqualTo("x=21100");
    }

    @Test
    void aRefusedEditChangesNothingSaysWhyAndIsDoneWhenItCan() {
        stage.pool("edits-3", "{ranges: [21200-21202], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe other = stage.claim("other", "{poolName: edits-3, scope: Cluster, ports: [{name: x, port: 21201}]}")
                .ready();
        ClaimProbe claim = stage.claim("move", "{poolName: edits-3, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21200");
        Map<String, String> published = claim.data();

        claim.edit("{ports: [{name: b, port: 21201}, {name: c}]}");
        assertThat(claim.refusal("PortTaken"))
                .isEqualTo("21201/TCP on every node is held by claim other; ask for another port, or leave port out and"
                        + " let the pool choose; until then the claim keeps the ports it has");
        assertThat(claim.status().summary()).isEqualTo("a=21200");
        assertThat(claim.data()).isEqualTo(published);
        assertThat(claim.told("Published")).startsWith("True Published");

        other.delete();
        assertThat(claim.ports()).isEqualTo("b=21201, c=21202");
        assertThat(claim.data()).containsEntry("B_PORT", "21201").doesNotContainKey("A_PORT");
    }

    @Test
    void anEditThatIsTakenBackLeavesEverythingAsItWas() {
        stage.pool("edits-4", "{ranges: [21300-21301], staticBand: 0}");
        stage.claim("keeps", "{poolName: edits-4, scope: Cluster, ports: [{name: x, port: 21301}]}")
                .ready();
        ClaimProbe claim = stage.claim("there", "{poolName: edits-4, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21300");
        claim.edit("{ports: [{name: a, port: 21301}]}");
        claim.refusal("PortTaken");
        claim.edit("{ports: [{name: a, port: 21300}]}");
        assertThat(claim.ports()).isEqualTo("a=21300");
    }

    @Test
    void anEditThatOneNodeCanNotFollowIsDoneOnNone() {
        stage.pool("edits-5", "{ranges: [21400-21401], staticBand: 0, nodeSelector: {matchLabels: {row: edits}}}");
        ClaimProbe claim = stage.claim("both", "{poolName: edits-5, scope: Node, allNodes: true, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21400");
        ClaimProbe one = stage.claim("one", "{poolName: edits-5, scope: Node, nodeName: edits-b, ports: [{name: x}]}");
        assertThat(one.ports()).isEqualTo("x=21401");
        claim.edit("{ports: [{name: a}, {name: b}]}");
        assertThat(claim.refusal("PoolExhausted")).contains("edits-b").endsWith("keeps the ports it has");
        assertThat(claim.portsByNode()).isEqualTo(Map.of("edits-a", "a=21400", "edits-b", "a=21400"));
    }

    @Test
    void anEditOfTheSelectorGivesPortsToTheNodesThatMatchNow() {
        stage.editNode("edits-a", "{labels: {disk: ssd}}");
        stage.editNode("edits-b", "{labels: {disk: hdd}}");
        stage.pool("edits-6", "{ranges: [21500-21509], staticBand: 0, nodeSelector: {matchLabels: {row: edits}}}");
        ClaimProbe claim = stage.claim(
                "selected",
                "{poolName: edits-6, scope: Node, nodeSelector: {matchLabels: {disk: ssd}}, ports: [{name: a}]}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.portsByNode()).isEqualTo(Map.of("edits-a", "a=21500")));
        claim.edit("{nodeSelector: {matchLabels: {disk: hdd}}}");
        claim.hasOnNodes(Map.of("edits-a", "a=21500", "edits-b", "a=21500"));
        claim.ready();
    }
}
