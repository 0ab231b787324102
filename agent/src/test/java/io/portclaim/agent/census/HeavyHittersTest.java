package io.portclaim.agent.census;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class HeavyHittersTest {
    private static final int CAPACITY = 16;

    private final HeavyHitters hitters = new HeavyHitters(CAPACITY);

    private int add(long key) {
        return hitters.add(key, key * 7, -key, key << 40, 1);
    }

    private Map<Long, Integer> slots() {
        Map<Long, Integer> slots = new HashMap<>();
        for (int slot : hitters.top(CAPACITY)) {
            assertThat(slots.put(hitters.key(slot, 0), slot)).as("a key twice").isNull();
        }
        return slots;
    }

    /** The bounds that the paper proves, for streams of all shapes; a failure names its seed. */
    @RepeatedTest(200)
    void keepsItsBounds(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int different = 1 + random.nextInt(6 * CAPACITY);
        int length = random.nextInt(3000);
        double skew = 1 + 3 * random.nextDouble();
        Map<Long, Integer> truth = new HashMap<>();
        for (int i = 0; i < length; i++) {
            long key = (long) (different * Math.pow(random.nextDouble(), skew));
            truth.merge(key, 1, Integer::sum);
            add(key);
        }
        Map<Long, Integer> slots = slots();
        assertThat(slots).hasSize(Math.min(CAPACITY, truth.size()));
        slots.forEach((key, slot) -> {
            assertThat(hitters.count(slot)).isLessThanOrEqualTo(truth.get(key));
            assertThat(hitters.count(slot) + hitters.error(slot)).isGreaterThanOrEqualTo(truth.get(key));
            assertThat(hitters.error(slot)).isLessThanOrEqualTo(length / CAPACITY);
        });
        truth.forEach((key, count) -> {
            if (count > length / CAPACITY || truth.size() <= CAPACITY) {
                assertThat(slots).as("a common key").containsKey(key);
            }
        });
        if (truth.size() <= CAPACITY) {
            slots.forEach((key, slot) -> assertThat(hitters.count(slot)).isEqualTo(truth.get(key)));
        }
    }

    @Test
    void tellsTheCommonestFirst() {
        for (int key = 1; key <= 5; key++) {
            for (int i = 0; i < key; i++) {
                add(key);
            }
        }
        int[] top = hitters.top(3);
        assertThat(top).hasSize(3);
        for (int i = 0; i < top.length; i++) {
            assertThat(hitters.key(top[i], 0)).isEqualTo(5 - i);
        }
    }

    @Test
    void tallies() {
        hitters.tally(add(1), 0);
        int slot = add(1);
        hitters.tally(slot, 2);
        add(1);
        assertThat(hitters.count(slot)).isEqualTo(3);
        assertThat(hitters.tallied(slot, 0)).isOne();
        assertThat(hitters.tallied(slot, 1)).isZero();
        assertThat(hitters.tallied(slot, 2)).isOne();
    }

    @Test
    void isEmptyWhenCleared() {
        hitters.tally(add(1), 0);
        hitters.clear();
        assertThat(hitters.top(CAPACITY)).isEmpty();
        assertThat(hitters.tallied(add(1), 0)).isZero();
        assertThat(slots()).hasSize(1);
    }
}
