package io.portclaim.operator.allocation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A number for each holder that holds a slot, so that a slot needs no more than four bytes to name its holder. The number
 * stays as long as the holder holds any slot, and may then be another's.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class HolderNumbers {
    private final Map<Holder, Integer> numbers = new HashMap<>();
    private final List<@Nullable Holder> holders = new ArrayList<>();
    private final BitSet unused = new BitSet();
    private int[] slots = {};

    /** Counts one more slot of {@code holder}, and gives its number. */
    int add(Holder holder) {
        int number = numbers.computeIfAbsent(holder, this::newNumber);
        slots[number]++;
        return number;
    }

    private int newNumber(Holder holder) {
        int number = unused.nextSetBit(0);
        if (number >= 0) {
            unused.clear(number);
            holders.set(number, holder);
            return number;
        }
        holders.add(holder);
        if (holders.size() > slots.length) {
            slots = Arrays.copyOf(slots, holders.size() + holders.size() / 2);
        }
        return holders.size() - 1;
    }

    /** The holder with this number; null for {@link HolderRuns#NONE}. */
    @Nullable
    Holder get(int number) {
        return number == HolderRuns.NONE ? null : holders.get(number);
    }

    /** Counts one slot less of the holder with this number, and forgets it with its last one. */
    void remove(int number) {
        slots[number]--;
        if (slots[number] == 0) {
            numbers.remove(holders.set(number, null));
            unused.set(number);
        }
    }

    /** How many holders hold a slot. */
    int size() {
        return numbers.size();
    }
}
