package io.portclaim.ports;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An immutable set of port numbers that takes 4 bytes for each of its ranges, where a {@link PortSet} takes 8,192 as soon as it
 * has a high port: what some thousand nodes listen on is kept in it. Safe for use by several threads.
 */
public final class CompactPorts {
    /** The set without a port. */
    public static final CompactPorts EMPTY = new CompactPorts(new char[0]);

    /** First and last port of each range by turns, ascending; a char is a number of 16 bits. */
    private final char[] bounds;

    private CompactPorts(char[] bounds) {
        this.bounds = bounds;
    }

    /** The same ports as {@code set} has. */
    public static CompactPorts of(PortSet set) {
        List<PortRange> ranges = set.ranges();
        char[] bounds = new char[2 * ranges.size()];
        for (int i = 0; i < ranges.size(); i++) {
            bounds[2 * i] = (char) ranges.get(i).first();
            bounds[2 * i + 1] = (char) ranges.get(i).last();
        }
        return bounds.length == 0 ? EMPTY : new CompactPorts(bounds);
    }

    /** Whether {@code port} is in the set. */
    public boolean contains(int port) {
        if (port < 0 || port > PortRange.MAX_PORT) {
            return false;
        }
        int at = Arrays.binarySearch(bounds, (char) port);
        // Between two bounds, where the one before begins a range.
        return at >= 0 || (-at - 1) % 2 == 1;
    }

    /** Adds its ports to {@code into}. */
    public void addTo(BitSet into) {
        for (int i = 0; i < bounds.length; i += 2) {
            into.set(bounds[i], bounds[i + 1] + 1);
        }
    }

    /** How many of its ports are in {@code among} too. */
    public int countIn(BitSet among) {
        int count = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            int port = among.nextSetBit(bounds[i]);
            while (port >= 0 && port <= bounds[i + 1]) {
                count++;
                port = among.nextSetBit(port + 1);
            }
        }
        return count;
    }

    /** The ports that are in this set or in {@code other}. */
    public CompactPorts union(CompactPorts other) {
        BitSet bits = new BitSet();
        addTo(bits);
        other.addTo(bits);
        return of(PortSet.copyOf(bits));
    }

    /** Whether it has no port. */
    public boolean isEmpty() {
        return bounds.length == 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof CompactPorts ports && Arrays.equals(bounds, ports.bounds));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    /** The set as {@link PortSet#parse} reads it. */
    @Override
    public String toString() {
        BitSet bits = new BitSet();
        addTo(bits);
        return PortSet.copyOf(bits).toString();
    }
}
