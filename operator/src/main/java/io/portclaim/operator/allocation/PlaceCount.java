package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts the numbers of one place at a time. What is taken everywhere is read once and used for all. Not thread-safe; whoever asks
 * about a place has the index locked.
 */
final class PlaceCount {
    private final IndexState state;
    private final Map<Protocol, BitSet> wideTaken = sets();
    private final Map<Protocol, BitSet> wideCooling = sets();
    private final BitSet wideDeclared = new BitSet();
    private final Map<Protocol, BitSet> hereTaken = sets();
    private final Map<Protocol, BitSet> hereCooling = sets();
    private final BitSet hereUsed = new BitSet();
    /** Used again for each place: sets for thousands of nodes would be a hundred MB to collect with every count. */
    private final BitSet held = new BitSet();

    private final BitSet cooling = new BitSet();
    private final BitSet ofProtocol = new BitSet();
    private final BitSet taken = new BitSet();
    private final BitSet free = new BitSet();

    /**
     * Numbers of a place.
     *
     * @param assigned held by claims
     * @param cooling blocked or cooling, and held by no claim
     * @param free can be given now, on any protocol
     */
    record Numbers(int assigned, int cooling, int free) {
        Numbers plus(Numbers other) {
            return new Numbers(assigned + other.assigned, cooling + other.cooling, free + other.free);
        }

        Numbers minus(Numbers other) {
            return new Numbers(assigned - other.assigned, cooling - other.cooling, free - other.free);
        }
    }

    PlaceCount(IndexState state) {
        this.state = state;
    }

    private static Map<Protocol, BitSet> sets() {
        Map<Protocol, BitSet> sets = new EnumMap<>(Protocol.class);
        for (Protocol protocol : Protocol.values()) {
            sets.put(protocol, new BitSet());
        }
        return sets;
    }

    /** Reads what is taken everywhere, which all counts that follow are made with. */
    void readEverywhere() {
        wideDeclared.clear();
        for (Protocol protocol : Protocol.values()) {
            BitSet allTaken = cleared(wideTaken, protocol);
            state.index.addTakenAt(Place.EVERYWHERE, protocol, allTaken);
            BitSet allCooling = cleared(wideCooling, protocol);
            state.index.addCoolingAt(Place.EVERYWHERE, protocol, allCooling);
            state.foreign.addDeclaredEverywhere(protocol, wideDeclared);
        }
    }

    private static BitSet cleared(Map<Protocol, BitSet> sets, Protocol protocol) {
        BitSet set = NodeCounts.of(sets, protocol);
        set.clear();
        return set;
    }

    /** Whether anything of the node's own is taken or used. */
    boolean hasOwn(String node) {
        return state.index.isTakenAt(node) || state.foreign.isDeclaredAt(node) || state.listeners.isListenedOn(node);
    }

    /** Whether any of {@code numbers} is taken or used on some node by itself. */
    boolean onAnyNode(BitSet numbers) {
        return numbers.stream().anyMatch(port -> {
            for (Protocol protocol : Protocol.values()) {
                if (state.index.nodesWith(protocol, port) > 0
                        || state.foreign.isDeclaredOnNodes(protocol, port)
                        || state.listeners.isListenedOn(new Slot(Place.EVERYWHERE, protocol, port))) {
                    return true;
                }
            }
            return false;
        });
    }

    /** Whether any of {@code numbers} is taken or used on the node by itself. */
    boolean hasOwn(String node, BitSet numbers) {
        readNode(node);
        return hereUsed.intersects(numbers) || hereTaken.values().stream().anyMatch(ports -> ports.intersects(numbers));
    }

    /** By how much the numbers of {@code node} differ from those of one on which nothing of its own is taken or used. */
    Numbers ownOf(String node, PortSet usable) {
        readNode(node);
        return count(usable, true).minus(count(usable, false));
    }

    /** The numbers of a node on which nothing of its own is taken or used. */
    Numbers everywhere(PortSet usable) {
        return count(usable, false);
    }

    private void readNode(String node) {
        hereUsed.clear();
        for (Protocol protocol : Protocol.values()) {
            state.index.addTakenAt(node, protocol, cleared(hereTaken, protocol));
            state.index.addCoolingAt(node, protocol, cleared(hereCooling, protocol));
            state.foreign.addDeclaredAt(node, protocol, hereUsed);
            state.listeners.addListened(node, protocol, hereUsed);
        }
    }

    private Numbers count(PortSet usable, boolean withNode) {
        held.clear();
        cooling.clear();
        for (Protocol protocol : Protocol.values()) {
            ofProtocol.clear();
            ofProtocol.or(NodeCounts.of(wideCooling, protocol));
            taken.clear();
            taken.or(NodeCounts.of(wideTaken, protocol));
            if (withNode) {
                // What a claim has here does not cool here, be it released everywhere.
                ofProtocol.andNot(NodeCounts.of(hereTaken, protocol));
                ofProtocol.or(NodeCounts.of(hereCooling, protocol));
                taken.or(NodeCounts.of(hereTaken, protocol));
            }
            taken.andNot(ofProtocol);
            cooling.or(ofProtocol);
            held.or(taken);
        }
        free.clear();
        usable.addTo(free);
        held.and(free);
        cooling.and(free);
        cooling.andNot(held);
        free.andNot(held);
        free.andNot(cooling);
        free.andNot(wideDeclared);
        if (withNode) {
            free.andNot(hereUsed);
        }
        return new Numbers(held.cardinality(), cooling.cardinality(), free.cardinality());
    }

    /**
     * Counts the numbers that are free on every node at once. The index, the declarations and the listeners each know the ports that
     * are in use on any node, so the cost does not depend on how many nodes there are.
     *
     * @param shared what is usable on all nodes
     */
    int freeEverywhere(PortSet shared) {
        free.clear();
        shared.addTo(free);
        taken.clear();
        for (Protocol protocol : Protocol.values()) {
            state.index.addTaken(Place.EVERYWHERE, protocol, taken);
            state.foreign.addDeclared(Place.EVERYWHERE, protocol, taken);
            state.listeners.addListened(Place.EVERYWHERE, protocol, taken);
        }
        free.andNot(taken);
        return free.cardinality();
    }

    /** How many claims hold ports of the pool. */
    int claims(String pool) {
        return state.table.claims(pool);
    }
}
