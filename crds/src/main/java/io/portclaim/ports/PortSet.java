package io.portclaim.ports;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An immutable set of port numbers. Safe for use by several threads. */
public final class PortSet {
    /** The set without a port. */
    public static final PortSet EMPTY = new PortSet(new BitSet());
    /** Every port, 1 to 65535. */
    public static final PortSet ALL = of(new PortRange(1, PortRange.MAX_PORT));

    private final BitSet bits;

    private PortSet(BitSet bits) {
        this.bits = bits;
    }

    /** The union of {@code ranges}. */
    public static PortSet of(Collection<PortRange> ranges) {
        BitSet bits = new BitSet();
        ranges.forEach(range -> bits.set(range.first(), range.last() + 1));
        return new PortSet(bits);
    }

    /** The ports of one range. */
    public static PortSet of(PortRange range) {
        return of(List.of(range));
    }

    /** A copy of {@code bits}. */
    public static PortSet copyOf(BitSet bits) {
        return new PortSet((BitSet) bits.clone());
    }

    /**
     * Reads a comma list of ports and ranges, as {@code net.ipv4.ip_local_reserved_ports} has it; empty text is the empty
     * set.
     *
     * @throws IllegalArgumentException when an item is neither a port nor a range
     */
    public static PortSet parse(String list) {
        List<PortRange> ranges = new ArrayList<>();
        for (String item : list.split(",", -1)) {
            if (!item.isBlank()) {
                ranges.add(PortRange.parse(item));
            }
        }
        return of(ranges);
    }

    /** The ports that are in this set or in {@code other}. */
    public PortSet union(PortSet other) {
        BitSet result = toBitSet();
        result.or(other.bits);
        return new PortSet(result);
    }

    /** The ports of this set that are not in {@code other}. */
    public PortSet minus(PortSet other) {
        BitSet result = toBitSet();
        result.andNot(other.bits);
        return new PortSet(result);
    }

    /** The ports that are in both sets. */
    public PortSet intersection(PortSet other) {
        BitSet result = toBitSet();
        result.and(other.bits);
        return new PortSet(result);
    }

    /** The lowest {@code count} ports of this set, or all where it has fewer. */
    public PortSet lowest(int count) {
        BitSet result = new BitSet();
        int port = bits.nextSetBit(0);
        for (int taken = 0; taken < count && port >= 0; taken++) {
            result.set(port);
            port = bits.nextSetBit(port + 1);
        }
        return new PortSet(result);
    }

    /** Whether {@code port} is in the set. */
    public boolean contains(int port) {
        return port >= 0 && bits.get(port);
    }

    /** Whether the sets share a port. */
    public boolean intersects(PortSet other) {
        return bits.intersects(other.bits);
    }

    /** Whether it has no port. */
    public boolean isEmpty() {
        return bits.isEmpty();
    }

    /** How many ports it has. */
    public int size() {
        return bits.cardinality();
    }

    /** Adds its ports to {@code into}. */
    public void addTo(BitSet into) {
        into.or(bits);
    }

    /** A copy that the caller may change. */
    public BitSet toBitSet() {
        return (BitSet) bits.clone();
    }

    /** The set as the fewest ranges, ascending. */
    public List<PortRange> ranges() {
        List<PortRange> ranges = new ArrayList<>();
        for (int first = bits.nextSetBit(0); first >= 0; ) {
            int end = bits.nextClearBit(first);
            ranges.add(new PortRange(first, end - 1));
            first = bits.nextSetBit(end);
        }
        return ranges;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof PortSet set && bits.equals(set.bits));
    }

    @Override
    public int hashCode() {
        return bits.hashCode();
    }

    /** The set as text that {@link #parse} reads. */
    @Override
    public String toString() {
        return ranges().stream().map(PortRange::toString).collect(Collectors.joining(","));
    }
}
