package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which slot is taken, and by whom. A bitmap per node, one for the whole cluster and a count per port make "free here"
 * and "free everywhere" one look-up each, and the next free port a scan of words, whatever is held elsewhere.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class SlotIndex {
    private final Map<String, Occupied> places = new HashMap<>();
    /** What is taken everywhere, or at {@link Place#SOMEWHERE}, which keeps a port from every node too. */
    private final Occupied everywhere = new Occupied();

    /** What pods hold at {@link Place#SOMEWHERE}: their nodes will be others than those where it is taken already. */
    private final Map<Protocol, BitSet> heldSomewhere = NodeCounts.protocolSets();

    private final HolderNumbers holders = new HolderNumbers();
    private final NodeCounts nodes = new NodeCounts();
    /** As {@link #nodes}, with the whole cluster as one more place and without what is only blocked or cools. */
    private final NodeCounts claimed = new NodeCounts();

    private final PortFollower changed;

    /** Nothing taken yet; {@code changed} is called with each slot that is taken or free from then on. */
    SlotIndex(PortFollower changed) {
        this.changed = changed;
    }

    /** What is taken at one place. */
    private static final class Occupied {
        final Map<Protocol, BitSet> taken = NodeCounts.protocolSets();
        final Map<Protocol, BitSet> cooling = NodeCounts.protocolSets();
        final Map<Protocol, HolderRuns> runs = new EnumMap<>(Protocol.class);

        HolderRuns runs(Protocol protocol) {
            return runs.computeIfAbsent(protocol, key -> new HolderRuns());
        }

        /** The number of who holds the port here. */
        int number(Slot slot) {
            HolderRuns ofProtocol = runs.get(slot.protocol());
            return ofProtocol == null ? HolderRuns.NONE : ofProtocol.get(slot.port());
        }

        boolean isEmpty() {
            return runs.values().stream().allMatch(HolderRuns::isEmpty);
        }
    }

    /**
     * The holder of {@code slot} itself, or else of the same port everywhere or somewhere; null when it is free at its
     * place.
     */
    @Nullable
    Holder holder(Slot slot) {
        Holder here = holderAt(places.get(slot.place()), slot);
        return here == null ? holderAt(everywhere, slot) : here;
    }

    /** Who has the place of {@code slot} in this index, where everywhere and somewhere are one; null when nobody has. */
    @Nullable
    Holder atIndexOf(Slot slot) {
        return holderAt(at(slot.place()), slot);
    }

    private @Nullable Holder holderAt(@Nullable Occupied place, Slot slot) {
        return place == null ? null : holders.get(place.number(slot));
    }

    /** All that keep {@code slot} from being taken: for one on every node, or on some, also those who hold it on any node. */
    List<Holder> obstacles(Slot slot) {
        List<Holder> found = new ArrayList<>(2);
        addHolder(everywhere, slot, found);
        if (Place.isNode(slot.place())) {
            addHolder(places.get(slot.place()), slot, found);
        } else if (nodes.count(slot.protocol(), slot.port()) > 0) {
            places.values().forEach(place -> addHolder(place, slot, found));
        }
        return found;
    }

    private void addHolder(@Nullable Occupied place, Slot slot, List<Holder> into) {
        Holder holder = holderAt(place, slot);
        if (holder != null) {
            into.add(holder);
        }
    }

    /**
     * Gives {@code slot} to {@code holder}; nothing happens when it has it already.
     *
     * @throws IllegalStateException when anyone else is in the way: the one thing that must never happen
     */
    void take(Slot slot, Holder holder) {
        Occupied here = at(slot.place());
        if (holder.equals(holderAt(here, slot))) {
            return;
        }
        Holder other = inTheWay(here, slot, holder);
        if (other != null) {
            throw new IllegalStateException(
                    "%s is held by %s and cannot be assigned to %s".formatted(slot, other, holder));
        }
        if (here == null) {
            here = new Occupied();
            places.put(slot.place(), here);
        }
        here.runs(slot.protocol()).set(slot.port(), holders.add(holder));
        NodeCounts.of(here.taken, slot.protocol()).set(slot.port());
        if (holder instanceof Holder.OfRelease) {
            NodeCounts.of(here.cooling, slot.protocol()).set(slot.port());
        } else {
            claimed.add(slot.protocol(), slot.port());
            if (slot.place().equals(Place.SOMEWHERE)) {
                NodeCounts.of(heldSomewhere, slot.protocol()).set(slot.port());
            }
        }
        if (Place.isNode(slot.place())) {
            nodes.add(slot.protocol(), slot.port());
        }
        changed.portChanged(slot.place(), slot.port());
    }

    /** Whether {@link #take} would succeed. */
    boolean mayTake(Slot slot, Holder holder) {
        Occupied here = at(slot.place());
        return holder.equals(holderAt(here, slot)) || inTheWay(here, slot, holder) == null;
    }

    private @Nullable Holder inTheWay(@Nullable Occupied here, Slot slot, Holder holder) {
        Holder inPlace = holderAt(here, slot);
        if (inPlace != null) {
            return inPlace;
        }
        return obstacles(slot).stream()
                .filter(other -> !other.equals(holder) && !standTogether(other, holder, slot))
                .findFirst()
                .orElse(null);
    }

    /**
     * Whether {@code added} may have a port that {@code present} has at another place. Releases at different places keep it
     * each for its own time. What is on some node, which is not known, may well be on another node than those who have the
     * port; it keeps it from all others. A pod that holds it so was shut out from the nodes where it was held, so what was
     * held there may be released there.
     */
    private boolean standTogether(Holder present, Holder added, Slot slot) {
        if (slot.place().equals(Place.SOMEWHERE)) {
            return true;
        }
        if (!(added instanceof Holder.OfRelease ofRelease)) {
            return false;
        }
        return present instanceof Holder.OfRelease other
                ? !ofRelease.release().place().equals(other.release().place())
                : Place.isNode(slot.place()) && isHeldSomewhere(slot);
    }

    /** Takes {@code slot} back from {@code holder}; nothing happens when it is not the holder. */
    void free(Slot slot, Holder holder) {
        boolean onNode = Place.isNode(slot.place());
        Occupied here = at(slot.place());
        if (here == null || !holder.equals(holderAt(here, slot))) {
            return;
        }
        holders.remove(here.number(slot));
        here.runs(slot.protocol()).clear(slot.port());
        NodeCounts.of(here.taken, slot.protocol()).clear(slot.port());
        NodeCounts.of(here.cooling, slot.protocol()).clear(slot.port());
        if (holder instanceof Holder.OfClaim) {
            claimed.remove(slot.protocol(), slot.port());
        }
        if (slot.place().equals(Place.SOMEWHERE)) {
            NodeCounts.of(heldSomewhere, slot.protocol()).clear(slot.port());
        }
        if (onNode) {
            nodes.remove(slot.protocol(), slot.port());
            if (here.isEmpty()) {
                places.remove(slot.place());
            }
        }
        changed.portChanged(slot.place(), slot.port());
    }

    /** Adds to {@code into} the ports that can't be taken at {@code place}. */
    void addTaken(String place, Protocol protocol, BitSet into) {
        into.or(NodeCounts.of(everywhere.taken, protocol));
        if (!Place.isNode(place)) {
            into.or(nodes.some(protocol));
        } else {
            Occupied here = places.get(place);
            if (here != null) {
                into.or(NodeCounts.of(here.taken, protocol));
            }
        }
    }

    /** Whether a pod without a node holds the port of {@code slot}. */
    boolean isHeldSomewhere(Slot slot) {
        return NodeCounts.of(heldSomewhere, slot.protocol()).get(slot.port());
    }

    /** On how many nodes the port is taken, be it by one holder or by several. */
    int nodesWith(Protocol protocol, int port) {
        return nodes.count(protocol, port);
    }

    /** Adds to {@code into} the nodes on which the port is taken by somebody whom {@code passedOver} does not hold for. */
    void addNodesWith(Protocol protocol, int port, Predicate<Holder> passedOver, Set<String> into) {
        if (nodes.count(protocol, port) > 0) {
            places.forEach((node, here) -> {
                Holder there = holderAt(here, new Slot(node, protocol, port));
                if (there != null && !passedOver.test(there)) {
                    into.add(node);
                }
            });
        }
    }

    /** Adds to {@code into} who has any of {@code ports} at {@code place} itself, a node or the whole cluster. */
    void addHolders(String place, BitSet ports, Set<Holder> into) {
        Occupied here = at(place);
        if (here == null) {
            return;
        }
        here.runs.forEach((protocol, runs) -> {
            BitSet taken = (BitSet) NodeCounts.of(here.taken, protocol).clone();
            taken.and(ports);
            taken.stream()
                    .mapToObj(port -> holders.get(runs.get(port)))
                    .filter(Objects::nonNull)
                    .forEach(into::add);
        });
    }

    /** The nodes on which anything is taken; not to be changed. */
    Set<String> nodes() {
        return places.keySet();
    }

    /** Adds to {@code into} the ports that are taken at {@code place} itself; everywhere and somewhere count as one. */
    void addTakenAt(String place, Protocol protocol, BitSet into) {
        Occupied here = at(place);
        if (here != null) {
            into.or(NodeCounts.of(here.taken, protocol));
        }
    }

    /** Adds to {@code into} the ports that are blocked or cool at {@code place} itself, and that no claim has there. */
    void addCoolingAt(String place, Protocol protocol, BitSet into) {
        Occupied here = at(place);
        if (here != null) {
            into.or(NodeCounts.of(here.cooling, protocol));
        }
    }

    /** Whether anything is taken at {@code place} itself. */
    boolean isTakenAt(String place) {
        return at(place) != null;
    }

    private @Nullable Occupied at(String place) {
        return Place.isNode(place) ? places.get(place) : everywhere;
    }

    /** How many claims and releases hold a slot. */
    int holders() {
        return holders.size();
    }

    /** Whether a claim holds the port of {@code slot}, be it at another place. */
    boolean isClaimedAnywhere(Slot slot) {
        return claimed.count(slot.protocol(), slot.port()) > 0;
    }

    /** How many slots of each number claims hold; the whole cluster is one place. */
    HeldCounts claimedCounts() {
        HeldCounts.Builder counts = new HeldCounts.Builder();
        for (Protocol protocol : Protocol.values()) {
            claimed.forEach(protocol, (port, count) -> counts.add(protocol, port, count));
        }
        return counts.build();
    }
}
