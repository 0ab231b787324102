package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import java.util.BitSet;
import java.util.OptionalInt;

/**
 * Chooses the next free block after the last port given, so that a freed port is given again as late as possible. The ports
 * of the static band come last.
 */
public record Sequential() implements PortStrategy {
    @Override
    public OptionalInt next(BitSet free, PortSet band, int cursor, int count, int alignment) {
        BitSet preferred = (BitSet) free.clone();
        preferred.andNot(band.toBitSet());
        int found = firstBlock(preferred, cursor + 1, count, alignment);
        if (found < 0) {
            found = firstBlock(preferred, 0, count, alignment);
        }
        if (found < 0) {
            found = firstBlock(free, 0, count, alignment);
        }
        return found < 0 ? OptionalInt.empty() : OptionalInt.of(found);
    }

    private static int firstBlock(BitSet free, int from, int count, int alignment) {
        int first = free.nextSetBit(from);
        while (first >= 0) {
            int end = free.nextClearBit(first);
            int aligned = (first + alignment - 1) / alignment * alignment;
            if (end - aligned >= count) {
                return aligned;
            }
            first = free.nextSetBit(end);
        }
        return -1;
    }
}
