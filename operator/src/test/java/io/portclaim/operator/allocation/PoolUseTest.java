package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.Bed.any;
import static io.portclaim.operator.allocation.Bed.node;
import static io.portclaim.operator.allocation.Bed.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.List;
import org.junit.jupiter.api.Test;

class PoolUseTest {
    private final Bed bed = new Bed();
    private final List<NodeFacts> nodes = List.of(node("n1"), node("n2", "100-103", ""));

    @Test
    void anUnusedPoolHasAllItsUsableNumbersFree() {
        assertThat(bed.index.use(bed.pool, nodes)).isEqualTo(new PoolUse(16, 0, 0, 16, 0, "n2", 6));
        assertThat(bed.index.use(bed.pool, List.of())).isEqualTo(new PoolUse(0, 0, 0, 0, 0, null, 0));
    }

    @Test
    void numbersCountOncePerNodeAndOnlyWhereTheyAreUsable() {
        bed.bound(bed.request("1", "a/node", List.of(any("x", TransportProtocol.TCPUDP, 2)), "n1"));
        bed.bound(bed.request("2", "a/wide", List.of(port("x", 109)), "*"));
        bed.bound(bed.request("3", "a/gone", List.of(port("x", 108)), "n1"));
        bed.release("3");
        bed.declare("pod", "Pod", "b", Bed.tcp("n1", 107), Bed.tcp("n1", 109));
        bed.declare("svc", "Service", "b", Bed.tcp("*", 103));

        // n1: 10 usable, 100-101 and 109 held, 108 resting, 103 and 107 declared; n2: 6 usable, 109 held
        assertThat(bed.index.use(bed.pool, nodes)).isEqualTo(new PoolUse(16, 4, 1, 9, 2, "n1", 4));
    }

    @Test
    void aNumberThatOneProtocolHoldsWhileItRestsOnAnotherIsAssigned() {
        bed.bound(bed.request("1", "a/udp", List.of(new PortAsk("x", TransportProtocol.UDP, 100, 1)), "n1"));
        bed.release("1");
        bed.bound(bed.request("2", "a/tcp", List.of(port("x", 100)), "n1"));

        assertThat(bed.index.use(bed.pool, List.of(node("n1")))).isEqualTo(new PoolUse(10, 1, 0, 9, 1, "n1", 9));
    }

    @Test
    void claimsOfOtherPoolsTakeNumbersButAreNotCounted() {
        PoolRules other = new PoolRules("other", bed.pool.spec());
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));

        assertThat(bed.index.use(other, List.of(node("n1")))).isEqualTo(new PoolUse(10, 1, 0, 9, 0, "n1", 9));
    }
}
