package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What can be asked for: protocols, very numbers, blocks, several ports at once. */
@ExtendWith(LocalCluster.class)
class FormsIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("forms-a", "{labels: {row: forms}}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static ClaimProbe claim(String name, String pool, String ports) {
        return fixture.claim(name, "{poolName: %s, scope: Cluster, ports: [%s]}".formatted(pool, ports));
    }

    @Test
    void eachProtocolHasItsOwnNumbers() {
        fixture.pool("forms-1", "{ranges: [21000], staticBand: 0}");
        assertThat(claim("tcp", "forms-1", "{name: a, protocol: TCP}").ports()).isEqualTo("a=21000");
        assertThat(claim("udp", "forms-1", "{name: a, protocol: UDP}").ports()).isEqualTo("a=21000/UDP");
        assertThat(claim("sctp", "forms-1", "{name: a, protocol: SCTP}").ports())
                .isEqualTo("a=21000/SCTP");
        assertThat(claim("both", "forms-1", "{name: a, protocol: TCPUDP}").refusal("PoolExhausted"))
                .startsWith("no port is free for 'a' (TCPUDP) in pool forms-1 on every node");
    }

    @Test
    void oneNumberOnTcpAndUdpIsFreeOnBothAndTakenOnBoth() {
        fixture.pool("forms-2", "{ranges: [21100-21102], staticBand: 0}");
        claim("dns-tcp", "forms-2", "{name: a, port: 21100}").ready();
        claim("dns-udp", "forms-2", "{name: a, port: 21101, protocol: UDP}").ready();
        assertThat(claim("dns", "forms-2", "{name: a, protocol: TCPUDP}").ports())
                .isEqualTo("a=21102/TCPUDP");
        assertThat(claim("late-tcp", "forms-2", "{name: a, port: 21102, protocol: TCP}")
                        .refusal("PortTaken"))
                .startsWith("21102/TCP on every node is held by claim dns");
        assertThat(claim("late-udp", "forms-2", "{name: a, port: 21102, protocol: UDP}")
                        .refusal("PortTaken"))
                .startsWith("21102/UDP on every node is held by claim dns");
        assertThat(claim("late-sctp", "forms-2", "{name: a, port: 21102, protocol: SCTP}")
                        .ports())
                .isEqualTo("a=21102/SCTP");
    }

    @Test
    void aVeryNumberIsGivenOrNothing() {
        fixture.pool("forms-3", "{ranges: [21200-21209], staticBand: 0}");
        assertThat(claim("static", "forms-3", "{name: a, port: 21207}").ports()).isEqualTo("a=21207");
        assertThat(claim("same", "forms-3", "{name: a, port: 21207}").refusal("PortTaken"))
                .isEqualTo(
                        "21207/TCP on every node is held by claim static; request another port, or leave port out and"
                                + " let the pool choose");
    }

    @Test
    void aBlockIsContiguous() {
        fixture.pool("forms-4", "{ranges: [21300-21309], exclude: [21303], staticBand: 0}");
        ClaimProbe block = claim("block", "forms-4", "{name: game, protocol: UDP, count: 4}");
        assertThat(block.ports()).as("the first gap is too small").isEqualTo("game=21304-21307/UDP");
        assertThat(block.data()).containsEntry("GAME_PORT", "21304").containsEntry("GAME_PORT_END", "21307");
        assertThat(claim("next", "forms-4", "{name: game, protocol: UDP, count: 4}")
                        .refusal("PoolExhausted"))
                .startsWith("no 4 consecutive ports are free for 'game' (UDP) in pool forms-4");
        assertThat(claim("very", "forms-4", "{name: game, protocol: UDP, count: 3, port: 21300}")
                        .ports())
                .isEqualTo("game=21300-21302/UDP");
    }

    @Test
    void severalPortsAreGivenTogetherOrNotAtAll() {
        fixture.pool("forms-5", "{ranges: [21400-21402], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe trio = claim("trio", "forms-5", "{name: a}, {name: b}, {name: c, protocol: UDP}");
        assertThat(trio.ports())
                .as("a claim's numbers are distinct, whatever their protocols")
                .isEqualTo("a=21400, b=21401, c=21402/UDP");
        ClaimProbe pair = claim("pair", "forms-5", "{name: a}, {name: b}");
        assertThat(pair.refusal("PoolExhausted")).startsWith("no port is free for");
        assertThat(pair.status().ports()).as("not one of two").isNull();
        trio.delete();
        assertThat(pair.ports())
                .as("served once both are free")
                .startsWith("a=214")
                .contains(", b=214");
    }
}
