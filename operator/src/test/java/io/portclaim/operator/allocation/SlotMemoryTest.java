package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a slot costs in the leader's memory. The bounds are generous: what is measured is the heap after a collection. */
class SlotMemoryTest {
    private static final int CLAIMS = 125;
    private static final int NUMBERS = 64;
    private static final int NODES = Integer.getInteger("slotMemory.nodes", 50);
    private static final long SLOTS = (long) CLAIMS * NUMBERS * NODES;
    private static final String[] NAMES =
            IntStream.range(0, NODES).mapToObj("node-%d"::formatted).toArray(String[]::new);

    /** The heap in use, the least of some collections. */
    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static double perSlot(long before) {
        double bytes = (double) (used() - before) / SLOTS;
        System.out.printf("%d slots: %.2f bytes each%n", SLOTS, bytes);
        return bytes;
    }

    @Test
    void claimsOfOneBlockCostNextToNothingASlot() {
        IndexFixture fixture = new IndexFixture();
        fixture.pool = IndexFixture.pool("21000-28999");
        long before = used();
        long start = System.nanoTime();
        for (int i = 0; i < CLAIMS; i++) {
            fixture.bound(fixture.request(
                    "uid-" + i,
                    "shop/c" + i,
                    List.of(IndexFixture.any("block", TransportProtocol.TCP, NUMBERS)),
                    NAMES));
        }
        System.out.printf("%d ms%n", (System.nanoTime() - start) / 1_000_000);

        assertThat(perSlot(before)).isLessThan(4);
        Reference.reachabilityFence(fixture);
    }

    @Test
    void numbersThatAreHeldByTurnsCostAFewBytesASlot() {
        SlotIndex index = new SlotIndex((place, port) -> {});
        List<Holder> holders = new ArrayList<>();
        for (int i = 0; i < CLAIMS; i++) {
            holders.add(new Holder.OfClaim("uid-" + i));
        }
        long before = used();
        long start = System.nanoTime();
        for (String node : NAMES) {
            for (int i = 0; i < CLAIMS * NUMBERS; i++) {
                index.take(IndexFixture.tcp(node, 21_000 + i), holders.get(i % CLAIMS));
            }
        }
        System.out.printf("%d ms%n", (System.nanoTime() - start) / 1_000_000);

        assertThat(perSlot(before)).isLessThan(16);
        Reference.reachabilityFence(index);
    }
}
