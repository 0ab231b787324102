package io.portclaim.operator.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EstimatedSizeTest {
    private static final EstimatedSize SIZE = new EstimatedSize();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void isAnUpperBoundOfWhatTheCodecWrites(int seed) throws IOException {
        ArbitrarySnapshots snapshots = new ArbitrarySnapshots(seed);
        for (int i = 0; i < 100; i++) {
            for (ClaimAllocation decided : snapshots.next().pending()) {
                assertThat(SIZE.of(decided)).as("%s", decided).isBetween(written(decided), 3 * written(decided));
            }
        }
    }

    @Test
    void isAnUpperBoundForALargeClaimWithOtherNumbersOnEachNode() throws IOException {
        ClaimAllocation large = decided("large", 64, 500, 64);

        assertThat(SIZE.of(large)).isBetween(written(large), 3 * written(large) / 2);
    }

    @Test
    void namesCount() {
        String longest = "n".repeat(253);

        assertThat(SIZE.of(decided(longest, 1, 1, 0))).isGreaterThan(SIZE.of(decided("n", 1, 1, 0)) + 2 * 252);
    }

    @Test
    void whatIsAlikeOnAllNodesCountsOnce() {
        int onOne = SIZE.of(decided("a", 64, 1, 0));
        int onAll = SIZE.of(decided("a", 64, 500, 0));

        assertThat(onAll - onOne).isLessThan(500 * 12);
    }

    /** A decision on {@code ports} ports on each of {@code nodes} nodes; the first number is higher by {@code step} on each. */
    private static ClaimAllocation decided(String name, int ports, int nodes, int step) {
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        for (int node = 0; node < nodes; node++) {
            int first = 1024 + node * step;
            byPlace.put(
                    "node-" + node,
                    IntStream.range(0, ports)
                            .mapToObj(i -> new PortGrant("port-" + i, TransportProtocol.TCP, first + i, 1))
                            .toList());
        }
        return new ClaimAllocation(
                "uid-" + name,
                new ClaimKey("team", name),
                Snapshots.NOW,
                "default",
                name + "-ports",
                1,
                Assignment.NONE,
                new Assignment(byPlace));
    }

    /** What the entry of {@code decided} adds to a ledger without one, before it is packed. */
    private static int written(ClaimAllocation decided) throws IOException {
        return unpacked(List.of(decided)) - unpacked(List.of());
    }

    private static int unpacked(List<ClaimAllocation> pending) throws IOException {
        String data = LedgerCodec.encode(
                new Snapshot(Snapshots.NOW, pending, Map.of(), List.of(), Held.NOTHING), Snapshots.MOST_DATA);
        try (InflaterInputStream in = new InflaterInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(data)))) {
            return in.readAllBytes().length;
        }
    }
}
