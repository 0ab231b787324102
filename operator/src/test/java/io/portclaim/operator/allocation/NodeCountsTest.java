package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NodeCountsTest {
    private final NodeCounts counts = new NodeCounts();

    private Map<Integer, Integer> all(Protocol protocol) {
        Map<Integer, Integer> all = new TreeMap<>();
        counts.forEach(protocol, all::put);
        return all;
    }

    @Test
    void eachPortOfEachProtocolIsCountedOnItsOwn() {
        for (int port : new int[] {1, 63, 64, 65_535}) {
            counts.add(Protocol.TCP, port);
            counts.add(Protocol.TCP, port);
        }
        counts.add(Protocol.UDP, 64);

        assertThat(all(Protocol.TCP)).isEqualTo(Map.of(1, 2, 63, 2, 64, 2, 65_535, 2));
        assertThat(all(Protocol.UDP)).isEqualTo(Map.of(64, 1));
        assertThat(all(Protocol.SCTP)).isEmpty();
        assertThat(counts.count(Protocol.TCP, 62)).isZero();
        assertThat(counts.count(Protocol.UDP, 65_535)).isZero();
        assertThat(counts.count(Protocol.SCTP, 1)).isZero();
    }

    @Test
    void aPortIsOnSomeNodeUntilTheLastIsGone() {
        counts.add(Protocol.TCP, 100);
        counts.add(Protocol.TCP, 100);

        counts.remove(Protocol.TCP, 100);
        assertThat(counts.count(Protocol.TCP, 100)).isEqualTo(1);
        assertThat(PortSet.copyOf(counts.some(Protocol.TCP))).hasToString("100");
        counts.remove(Protocol.TCP, 100);
        counts.remove(Protocol.TCP, 100);
        counts.remove(Protocol.UDP, 100);
        assertThat(counts.count(Protocol.TCP, 100)).isZero();
        assertThat(counts.some(Protocol.TCP).isEmpty()).isTrue();
    }
}
