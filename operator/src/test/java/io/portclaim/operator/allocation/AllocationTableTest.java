package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AllocationTableTest {
    static IntStream seeds() {
        return IntStream.range(0, 50);
    }

    private static ClaimAllocation allocation(int number, int port) {
        ClaimKey claim = new ClaimKey("team", "claim-" + number);
        ClaimKey key = number % 3 == 0 ? ClaimKey.ofPod("team", "pod-" + number) : claim;
        return new ClaimAllocation(
                "uid-" + number,
                key,
                Instant.EPOCH,
                "pool",
                claim.name() + "-ports",
                1,
                Assignment.NONE,
                Assignment.at(
                        Place.EVERYWHERE, List.of(new PortGrant("game", TransportProtocol.UDP, 20_000 + port, 1))));
    }

    /** A take-over asks for them once for each release, beside 100,000 claims. */
    @ParameterizedTest
    @MethodSource("seeds")
    void thoseOfPodsAreKeptApart(int seed) {
        Random random = new Random(seed);
        AllocationTable table = new AllocationTable();
        for (int step = 0; step < 200; step++) {
            int number = random.nextInt(30);
            if (random.nextInt(3) == 0) {
                table.remove("uid-" + number);
            } else {
                table.put(allocation(number, random.nextInt(1_000)));
            }
            assertThat(table.ofPods())
                    .as("step %d", step)
                    .isEqualTo(table.all().stream()
                            .filter(allocation -> allocation.key().isPod())
                            .toList());
            assertThat(table.pods()).isEqualTo(table.ofPods().size());
        }
    }
}
