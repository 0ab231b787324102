package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import java.util.BitSet;
import java.util.OptionalInt;

/** Chooses which of a pool's free ports is given next. Implementations keep no state and are safe for use by several threads. */
public interface PortStrategy {
    /**
     * The first number of the next block to give; empty when there is no such block.
     *
     * @param free what may be given; not changed
     * @param band the pool's static band, given only when the rest has no such block
     * @param cursor the last number that the pool gave, 0 at first
     * @param count the length of the block, from 1
     * @param alignment what its first number is a multiple of, 1 for any
     */
    OptionalInt next(BitSet free, PortSet band, int cursor, int count, int alignment);
}
