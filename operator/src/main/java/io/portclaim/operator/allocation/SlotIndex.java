package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which slot is taken, and by whom. A bitmap per node, one for the whole cluster and a count per port make "free here"
 * and "free everywhere" one look-up each, and the next free port a scan of words, whatever is held elsewhere.
 *
 * <p>Not thread-safe: {@link Allocations} guards it.
 */
final class SlotIndex {
    private final Map<String, Occupied> places = new HashMap<>();
    private final Occupied everywhere = new Occupied();
    private final NodeCounts nodes = new NodeCounts();
    /** As {@link #nodes}, with the whole cluster as one more place and without what only rests. */
    private final NodeCounts claimed = new NodeCounts();

    /** What is taken at one place. */
    private static final class Occupied {
        final Map<Protocol, BitSet> taken = NodeCounts.protocolSets();
        final Map<Protocol, BitSet> cooling = NodeCounts.protocolSets();
        final Map<Integer, Holder> holders = new HashMap<>();

        boolean isEmpty() {
            return holders.isEmpty();
        }
    }

    /** The holder of {@code slot} itself, or of the same port on every node; null when it is free at its place. */
    @Nullable
    Holder holder(Slot slot) {
        Holder wide = everywhere.holders.get(id(slot));
        if (wide != null || Place.isEverywhere(slot.place())) {
            return wide;
        }
        Occupied here = places.get(slot.place());
        return here == null ? null : here.holders.get(id(slot));
    }

    /** All that keep {@code slot} from being taken: for one on every node, also those who hold it on some node. */
    List<Holder> obstacles(Slot slot) {
        Stream<Occupied> others = Stream.of();
        if (!Place.isEverywhere(slot.place())) {
            others = Stream.ofNullable(places.get(slot.place()));
        } else if (nodes.some(slot.protocol()).get(slot.port())) {
            others = places.values().stream();
        }
        return Stream.concat(Stream.of(everywhere), others)
                .flatMap(occupied -> Stream.ofNullable(occupied.holders.get(id(slot))))
                .toList();
    }

    /**
     * Gives {@code slot} to {@code holder}; nothing happens when it has it already. A release on every node and one on
     * some node may keep the same port, each for its own time.
     *
     * @throws IllegalStateException when anyone else is in the way: the one thing that must never happen
     */
    void take(Slot slot, Holder holder) {
        for (Holder other : obstacles(slot)) {
            if (!other.equals(holder) && !restTogether(other, holder)) {
                throw new IllegalStateException("%s is held by %s and can't go to %s".formatted(slot, other, holder));
            }
        }
        Occupied here = occupied(slot.place());
        if (here.holders.put(id(slot), holder) != null) {
            return;
        }
        NodeCounts.of(here.taken, slot.protocol()).set(slot.port());
        if (holder instanceof Holder.OfRelease) {
            NodeCounts.of(here.cooling, slot.protocol()).set(slot.port());
        } else {
            claimed.add(slot.protocol(), slot.port());
        }
        if (!Place.isEverywhere(slot.place())) {
            nodes.add(slot.protocol(), slot.port());
        }
    }

    private static boolean restTogether(Holder one, Holder other) {
        return one instanceof Holder.OfRelease first
                && other instanceof Holder.OfRelease second
                && !first.release().place().equals(second.release().place());
    }

    /** Takes {@code slot} back from {@code holder}; nothing happens when it is not the holder. */
    void free(Slot slot, Holder holder) {
        Occupied here = Place.isEverywhere(slot.place()) ? everywhere : places.get(slot.place());
        if (here == null || !here.holders.remove(id(slot), holder)) {
            return;
        }
        NodeCounts.of(here.taken, slot.protocol()).clear(slot.port());
        NodeCounts.of(here.cooling, slot.protocol()).clear(slot.port());
        if (holder instanceof Holder.OfClaim) {
            claimed.remove(slot.protocol(), slot.port());
        }
        if (!Place.isEverywhere(slot.place())) {
            nodes.remove(slot.protocol(), slot.port());
            if (here.isEmpty()) {
                places.remove(slot.place());
            }
        }
    }

    /** Adds to {@code into} the ports that can't be taken at {@code place}. */
    void addTaken(String place, Protocol protocol, BitSet into) {
        into.or(NodeCounts.of(everywhere.taken, protocol));
        if (Place.isEverywhere(place)) {
            into.or(nodes.some(protocol));
        } else {
            Occupied here = places.get(place);
            if (here != null) {
                into.or(NodeCounts.of(here.taken, protocol));
            }
        }
    }

    /** Adds to {@code into} the ports that rest at {@code place}. */
    void addCooling(String place, Protocol protocol, BitSet into) {
        into.or(NodeCounts.of(everywhere.cooling, protocol));
        Occupied here = places.get(place);
        if (here != null) {
            into.or(NodeCounts.of(here.cooling, protocol));
        }
    }

    /** Whether a claim holds the port of {@code slot}, be it at another place. */
    boolean isClaimedAnywhere(Slot slot) {
        return claimed.some(slot.protocol()).get(slot.port());
    }

    /** A copy of the ports of {@code protocol} that a claim holds anywhere. */
    BitSet claimedAnywhere(Protocol protocol) {
        return (BitSet) claimed.some(protocol).clone();
    }

    private Occupied occupied(String place) {
        return Place.isEverywhere(place) ? everywhere : places.computeIfAbsent(place, name -> new Occupied());
    }

    private static int id(Slot slot) {
        return NodeCounts.id(slot.protocol(), slot.port());
    }
}
