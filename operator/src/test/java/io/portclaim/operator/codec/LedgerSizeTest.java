package io.portclaim.operator.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.HeldBlock;
import io.portclaim.operator.allocation.HeldCounts;
import io.portclaim.operator.allocation.HeldSketch;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A ledger is one object that every decision is written to: what it weighs is what it costs. */
class LedgerSizeTest {
    @Test
    void tenThousandHeldPortsCostLittle() {
        Random random = new Random(1);
        List<Integer> scattered =
                random.ints(20_000, 40_000).distinct().limit(10_000).boxed().toList();
        List<Integer> row = IntStream.range(20_000, 30_000).boxed().toList();

        assertThat(size(held(scattered))).as("every other port of a wide pool").isLessThan(20_000);
        assertThat(size(held(row))).as("one after the other, as they are given").isLessThan(10_000);
    }

    /** Each number is that of one claim, on one of 50 nodes. */
    private static Snapshot held(List<Integer> ports) {
        HeldCounts.Builder counts = new HeldCounts.Builder();
        HeldSketch sketch = new HeldSketch();
        ports.forEach(port -> {
            String claim = "claim-" + port;
            Assignment assignment =
                    Assignment.at("node-" + port % 50, List.of(new PortGrant("http", TransportProtocol.TCP, port, 1)));
            counts.add(assignment);
            HeldBlock.forEachBlock(claim, "default", ConfigMapId.of("team", claim), assignment, sketch::add);
        });
        return new Snapshot(Snapshots.NOW, List.of(), Map.of(), List.of(), new Held(counts.build(), sketch));
    }

    @Test
    void eightLargeClaimsFitThoughEveryNodeHasItsOwnNumbers() {
        Random random = new Random(1);
        List<ClaimAllocation> pending = new ArrayList<>();
        for (int claim = 0; claim < 8; claim++) {
            SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
            for (int node = 0; node < 500; node++) {
                List<PortGrant> grants = new ArrayList<>();
                for (int port = 0; port < 20; port++) {
                    grants.add(new PortGrant("port-" + port, TransportProtocol.TCP, 1024 + random.nextInt(60_000), 1));
                }
                byPlace.put("ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(node / 250, node % 250), grants);
            }
            pending.add(new ClaimAllocation(
                    UUID.randomUUID().toString(),
                    new ClaimKey("team", "claim-" + claim),
                    Snapshots.NOW,
                    "default",
                    "claim-" + claim + "-ports",
                    20L,
                    Assignment.NONE,
                    new Assignment(byPlace)));
        }

        assertThat(size(claims(pending.subList(0, 1))))
                .as("the largest claim there may be")
                .isLessThan(50_000);
        assertThat(size(claims(pending.subList(0, 8)))).isLessThan(400_000);
    }

    private static Snapshot claims(List<ClaimAllocation> pending) {
        return new Snapshot(Snapshots.NOW, pending, Map.of("default", 20_500), List.of(), Held.NOTHING);
    }

    @Test
    void aBusySecondFits() {
        List<ClaimAllocation> pending = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            pending.add(Snapshots.pending(UUID.randomUUID().toString(), 20_000 + i));
        }
        assertThat(size(claims(pending))).isLessThan(40_000);
    }

    private static int size(Snapshot snapshot) {
        return LedgerCodec.encode(snapshot, Snapshots.MOST_DATA).length();
    }
}
