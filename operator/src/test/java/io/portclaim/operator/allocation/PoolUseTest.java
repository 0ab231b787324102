package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.node;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PoolUseTest {
    private final IndexFixture fixture = new IndexFixture();
    private final List<NodeFacts> nodes = List.of(node("n1"), node("n2", "100-103", ""));

    @Test
    void anUnusedPoolHasAllItsUsableNumbersFree() {
        assertThat(fixture.index.use(fixture.pool, nodes, nodes))
                .isEqualTo(new PoolUse(16, 0, 0, 16, 0, "n2", 6, 6, 6));
        assertThat(fixture.index.use(fixture.pool, List.of(), List.of()))
                .isEqualTo(new PoolUse(0, 0, 0, 0, 0, null, 0, 10, 10));
    }

    @Test
    void numbersCountOncePerNodeAndOnlyWhereTheyAreUsable() {
        fixture.bound(fixture.request("1", "a/node", List.of(any("x", TransportProtocol.TCPUDP, 2)), "n1"));
        fixture.bound(fixture.request("2", "a/wide", List.of(port("x", 109)), "*"));
        fixture.bound(fixture.request("3", "a/gone", List.of(port("x", 108)), "n1"));
        fixture.release("3");
        fixture.declare("pod", "Pod", "b", IndexFixture.tcp("n1", 107), IndexFixture.tcp("n1", 109));
        fixture.declare("svc", "Service", "b", IndexFixture.tcp("*", 103));

        // n1: 10 usable, 100-101 and 109 held, 108 cooling, 103 and 107 declared; n2: 6 usable, 109 held; both: 104-106
        assertThat(fixture.index.use(fixture.pool, nodes, nodes)).isEqualTo(new PoolUse(16, 4, 1, 9, 2, "n1", 4, 6, 3));
    }

    @Test
    void aPoolMayHaveManyFreeSlotsAndNoNumberForAllNodes() {
        List<NodeFacts> ten =
                IntStream.range(0, 10).mapToObj(number -> node("n" + number)).toList();
        for (int number = 0; number < 10; number++) {
            fixture.bound(fixture.request("" + number, "a/" + number, List.of(port("x", 100 + number)), "n" + number));
        }

        assertThat(fixture.index.use(fixture.pool, ten, List.of(node("n0"))))
                .isEqualTo(new PoolUse(100, 10, 0, 90, 10, "n0", 9, 10, 0));
    }

    @Test
    void whatAnyNodeHoldsOrUsesIsFreeOnNotAll() {
        fixture.bound(fixture.request("1", "a/node", List.of(port("x", 100)), "n1"));
        fixture.bound(fixture.request("2", "a/far", List.of(port("x", 101)), "not of the pool"));
        fixture.bound(fixture.request("3", "a/wide", List.of(port("x", 102)), "*"));
        fixture.bound(
                fixture.request("4", "a/udp", List.of(new RequestedPort("x", TransportProtocol.UDP, 103, 1)), "n2"));
        fixture.bound(fixture.request("5", "a/gone", List.of(port("x", 104)), "n1"));
        fixture.release("5");
        fixture.declare("pod", "Pod", "b", IndexFixture.tcp("n2", 105));
        fixture.listeners.report("n3", CompactPorts.of(PortSet.parse("106")), CompactPorts.EMPTY);

        PoolUse use = fixture.index.use(fixture.pool, List.of(node("n1")), List.of(node("n1")));

        assertThat(List.of(use.clusterTotal(), use.clusterAvailable())).isEqualTo(List.of(10, 3));
    }

    @Test
    void aNumberThatOneProtocolHoldsWhileItCoolsOnAnotherIsAssigned() {
        fixture.bound(
                fixture.request("1", "a/udp", List.of(new RequestedPort("x", TransportProtocol.UDP, 100, 1)), "n1"));
        fixture.release("1");
        fixture.bound(fixture.request("2", "a/tcp", List.of(port("x", 100)), "n1"));

        assertThat(fixture.index.use(fixture.pool, nodes, nodes))
                .isEqualTo(new PoolUse(16, 1, 0, 15, 1, "n2", 6, 6, 6));
    }

    @Test
    void claimsOfOtherPoolsTakeNumbersButAreNotCounted() {
        PoolRules other = new PoolRules("other", fixture.pool.spec());
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));

        assertThat(fixture.index.use(other, nodes, nodes)).isEqualTo(new PoolUse(16, 1, 0, 15, 0, "n2", 6, 6, 6));
    }
}
