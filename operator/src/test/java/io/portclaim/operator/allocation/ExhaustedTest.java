package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExhaustedTest {
    private final Bed bed = new Bed();

    @Test
    void aPoolWithoutAPortForTheNodeSaysSo() {
        List<NodeFacts> nodes = List.of(Bed.node("a", "50-200", ""));

        assertThat(bed.refused(bed.request("1", "n/web", List.of(Bed.any("http")), nodes), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("pool default has no port to give on node a: ")
                .contains("net.ipv4.ip_local_reserved_ports");
    }

    @Test
    void aPoolWhosePortsAreAllTakenSaysThatOneWillCome() {
        bed.pool = Bed.pool("100");
        bed.bound(bed.request("1", "n/web", List.of(Bed.any("http")), "a"));

        assertThat(bed.refused(bed.request("2", "n/api", List.of(Bed.any("http")), "a"), Reason.POOL_EXHAUSTED)
                        .message())
                .isEqualTo(
                        "no port is free for 'http' (TCP) in pool default on node a; it is given as soon as one is released, or widen the pool's ranges");
    }
}
