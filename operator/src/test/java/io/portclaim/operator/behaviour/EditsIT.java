package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
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
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("edits-a", "{labels: {row: edits}}");
        fixture.node("edits-b", "{labels: {row: edits}}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    @Test
    void whatIsStillAskedForStays() {
        fixture.pool("edits-1", "{ranges: [21000-21009], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe claim = fixture.claim("grow", "{poolName: edits-1, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(claim.ports()).isEqualTo("a=21000, b=21001");
        claim.edit("{ports: [{name: c}, {name: b}]}");
        assertThat(claim.ports()).isEqualTo("c=21002, b=21001");
        assertThat(claim.data())
                .containsEntry("B_PORT", "21001")
                .containsEntry("C_PORT", "21002")
                .doesNotContainKey("A_PORT");
    }

    @Test
    void aPortThatWasRemovedCoolsAndIsFreeAgain() {
        fixture.pool("edits-2", "{ranges: [21100-21101], staticBand: 0, cooldown: {tcp: 15s}}");
        ClaimProbe claim =
                fixture.claim("shrink", "{poolName: edits-2, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(claim.ports()).isEqualTo("a=21100, b=21101");
        claim.edit("{ports: [{name: b}]}");
        assertThat(claim.ports()).isEqualTo("b=21101");
        ClaimProbe next =
                fixture.claim("shrunk-after", "{poolName: edits-2, scope: Cluster, ports: [{name: x, port: 21100}]}");
        assertThat(next.refusal("PortTaken"))
                .satisfiesAnyOf(
                        words -> assertThat(words).contains("is cooling after its release"),
                        words -> assertThat(words)
                                .contains(
                                        "is released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended"));
        assertThat(next.ports()).isEqualTo("x=21100");
    }

    @Test
    void aRefusedEditChangesNothingSaysWhyAndIsDoneWhenItCan() {
        fixture.pool("edits-3", "{ranges: [21200-21202], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe other = fixture.claim(
                        "other", "{poolName: edits-3, scope: Cluster, ports: [{name: x, port: 21201}]}")
                .ready();
        ClaimProbe claim = fixture.claim("move", "{poolName: edits-3, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21200");
        Map<String, String> published = claim.data();

        claim.edit("{ports: [{name: b, port: 21201}, {name: c}]}");
        assertThat(claim.refusal("PortTaken"))
                .isEqualTo("21201/TCP on every node is held by claim other; request another port, or leave port out"
                        + " and let the pool choose; until then the claim keeps the ports it has");
        assertThat(claim.status().summary()).isEqualTo("a=21200");
        assertThat(claim.data()).isEqualTo(published);
        assertThat(claim.condition("Published")).startsWith("True Published");

        other.delete();
        assertThat(claim.ports()).isEqualTo("b=21201, c=21202");
        assertThat(claim.data()).containsEntry("B_PORT", "21201").doesNotContainKey("A_PORT");
    }

    @Test
    void anEditThatIsTakenBackLeavesEverythingAsItWas() {
        fixture.pool("edits-4", "{ranges: [21300-21301], staticBand: 0}");
        fixture.claim("keeps", "{poolName: edits-4, scope: Cluster, ports: [{name: x, port: 21301}]}")
                .ready();
        ClaimProbe claim = fixture.claim("there", "{poolName: edits-4, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21300");
        claim.edit("{ports: [{name: a, port: 21301}]}");
        claim.refusal("PortTaken");
        claim.edit("{ports: [{name: a, port: 21300}]}");
        assertThat(claim.ports()).isEqualTo("a=21300");
    }

    @Test
    void anEditThatOneNodeCanNotFollowIsDoneOnNone() {
        fixture.pool("edits-5", "{ranges: [21400-21401], staticBand: 0, nodeSelector: {matchLabels: {row: edits}}}");
        ClaimProbe claim =
                fixture.claim("both", "{poolName: edits-5, scope: Node, allNodes: true, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21400");
        ClaimProbe one =
                fixture.claim("one", "{poolName: edits-5, scope: Node, nodeName: edits-b, ports: [{name: x}]}");
        assertThat(one.ports()).isEqualTo("x=21401");
        claim.edit("{ports: [{name: a}, {name: b}]}");
        assertThat(claim.refusal("PoolExhausted")).contains("edits-b").endsWith("keeps the ports it has");
        assertThat(claim.portsByNode()).isEqualTo(Map.of("edits-a", "a=21400", "edits-b", "a=21400"));
    }

    @Test
    void anEditOfTheSelectorGivesPortsToTheNodesThatMatchNow() {
        fixture.editNode("edits-a", "{labels: {disk: ssd}}");
        fixture.editNode("edits-b", "{labels: {disk: hdd}}");
        fixture.pool("edits-6", "{ranges: [21500-21509], staticBand: 0, nodeSelector: {matchLabels: {row: edits}}}");
        ClaimProbe claim = fixture.claim(
                "selected",
                "{poolName: edits-6, scope: Node, nodeSelector: {matchLabels: {disk: ssd}}, ports: [{name: a}]}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.portsByNode()).isEqualTo(Map.of("edits-a", "a=21500")));
        claim.edit("{nodeSelector: {matchLabels: {disk: hdd}}}");
        claim.hasOnNodes(Map.of("edits-a", "a=21500", "edits-b", "a=21500"));
        claim.ready();
    }

    @Test
    void aBlockGrowsAndShrinksInPlace() {
        fixture.pool("edits-7", "{ranges: [21600-21609], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe claim = fixture.claim("block", "{poolName: edits-7, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21600");
        ClaimProbe next = fixture.claim("next", "{poolName: edits-7, scope: Cluster, ports: [{name: x, port: 21604}]}");
        next.ready();

        claim.edit("{ports: [{name: a, count: 4}]}");
        assertThat(claim.ports()).isEqualTo("a=21600-21603");
        assertThat(claim.data()).containsEntry("A_PORT", "21600").containsEntry("A_PORT_END", "21603");

        Map<String, String> published = claim.data();
        claim.edit("{ports: [{name: a, count: 6}]}");
        assertThat(claim.refusal("PortTaken"))
                .isEqualTo("'a' cannot have 6 ports from 21600 on: 21604/TCP on every node is held by claim next;"
                        + " request a count of at most 4, or more ports with another name; until then the"
                        + " claim keeps the ports it has");
        assertThat(claim.status().summary()).isEqualTo("a=21600-21603");
        assertThat(claim.data()).isEqualTo(published);
        next.delete();
        assertThat(claim.ports()).as("as soon as the next number is free").isEqualTo("a=21600-21605");

        claim.edit("{ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21600");
        assertThat(claim.data()).containsEntry("A_PORT", "21600").doesNotContainKey("A_PORT_END");
        ClaimProbe after = fixture.claim(
                "after", "{poolName: edits-7, scope: Cluster, ports: [{name: x, port: 21601, count: 5}]}");
        assertThat(after.ports()).as("what was given back, once it has cooled").isEqualTo("x=21601-21605");
    }

    @Test
    void anAlignmentMovesNoPort() {
        fixture.pool("edits-8", "{ranges: [21701-21709], staticBand: 0}");
        ClaimProbe claim = fixture.claim("odd", "{poolName: edits-8, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21701");
        claim.edit("{ports: [{name: a, alignment: 2}]}");
        assertThat(claim.refusal("PortNotUsable"))
                .startsWith(
                        "'a' holds port 21701, which is not a multiple of alignment 2, and a held port is never moved");
        assertThat(claim.status().summary()).isEqualTo("a=21701");
        claim.edit("{ports: [{name: b, protocol: UDP, count: 2, alignment: 2}]}");
        assertThat(claim.ports()).isEqualTo("b=21702-21703/UDP");
    }

    @Test
    void oneNumberStandsOnTwoProtocolsUnderTwoNames() {
        fixture.pool("edits-9", "{ranges: [21800-21809], staticBand: 0}");
        ClaimProbe claim = fixture.claim(
                "dns",
                "{poolName: edits-9, scope: Cluster, ports: [{name: tcp, port: 21805}, {name: udp, port: 21805, protocol: UDP}]}");
        assertThat(claim.ports()).isEqualTo("tcp=21805, udp=21805/UDP");
        assertThat(claim.data())
                .containsEntry("TCP_PORT", "21805")
                .containsEntry("UDP_PORT", "21805")
                .containsEntry("UDP_PORT_PROTOCOL", "UDP");
    }
}
