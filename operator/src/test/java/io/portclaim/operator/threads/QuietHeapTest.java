package io.portclaim.operator.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuietHeapTest {
    private static final long MIB = 1 << 20;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private long cpu;
    private long used;
    private long kept;
    private long committed;
    private int collections;
    private long looks;

    private final QuietHeap heap = new QuietHeap(
            new QuietHeap.Jvm() {
                @Override
                public long cpuNanos() {
                    return cpu;
                }

                @Override
                public long used() {
                    return used;
                }

                @Override
                public long kept() {
                    return kept;
                }

                @Override
                public long committed() {
                    return committed;
                }

                @Override
                public void collect() {
                    collections++;
                    used = 50 * MIB;
                    kept = used;
                    cpu += SECOND;
                }
            },
            () -> looks,
            Duration.ofSeconds(5));

    @Test
    void garbageStaysWhileTheProcessIsBusy() {
        used = 200 * MIB;
        cpu += SECOND;
        heap.look();

        assertThat(collections).isZero();
    }

    @Test
    void garbageIsCollectedOnceItIsQuiet() {
        used = 200 * MIB;
        heap.look();

        assertThat(collections).isOne();
    }

    /** A pause would reach them, and they take too little CPU time to be noticed by it. */
    @Test
    void garbageStaysWhileClaimsKeepComing() {
        used = 200 * MIB;
        looks += 3;
        heap.look();
        assertThat(collections).isZero();

        looks += 2;
        heap.look();
        assertThat(collections).isOne();
    }

    /** As where some claims fail and are tried again for ever. */
    @Test
    void garbageIsCollectedAtLastWhereClaimsNeverStopComing() {
        used = 200 * MIB;
        for (int period = 0; period < 59; period++) {
            looks += 3;
            heap.look();
        }
        assertThat(collections).isZero();

        looks += 3;
        heap.look();
        assertThat(collections).isOne();
    }

    /** A collection while the operator was busy leaves it more room than it needs later, and hardly any garbage. */
    @Test
    void aHeapWithMuchRoomIsMadeSmaller() {
        used = 50 * MIB;
        kept = 50 * MIB;
        committed = 95 * MIB;
        heap.look();
        assertThat(collections).isZero();

        committed = 120 * MIB;
        heap.look();
        assertThat(collections).isOne();
    }

    @Test
    void aHeapThatCannotBeMadeSmallerIsNotCollectedAgainAndAgain() {
        used = 50 * MIB;
        kept = 50 * MIB;
        committed = 120 * MIB;
        heap.look();
        heap.look();
        committed = 140 * MIB;
        heap.look();
        assertThat(collections).isOne();

        committed = 160 * MIB;
        heap.look();
        assertThat(collections).isEqualTo(2);
    }

    @Test
    void whatStaysIsNotCollectedAgain() {
        used = 200 * MIB;
        heap.look();
        heap.look();
        used += 10 * MIB;
        heap.look();

        assertThat(collections).isOne();
    }

    /** The CPU time of a collection must not make a quiet process look busy. */
    @Test
    void eachBusyTimeIsFollowedByACollection() {
        used = 200 * MIB;
        heap.look();
        used = 200 * MIB;
        heap.look();

        assertThat(collections).isEqualTo(2);
    }

    @Test
    void aLargeHeapIsCollectedForALargePartOfIt() {
        kept = 400 * MIB;
        used = 490 * MIB;
        heap.look();
        assertThat(collections).isZero();

        used = 510 * MIB;
        heap.look();
        assertThat(collections).isOne();
    }
}
