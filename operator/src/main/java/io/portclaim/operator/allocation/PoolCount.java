package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts a pool's numbers node by node. Belongs to one thread. */
final class PoolCount {
    private final SlotIndex index;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final PoolRules pool;
    /** Used for each node anew: sets for thousands of nodes would be a hundred MB to collect with every count. */
    private final BitSet usable = new BitSet();

    private final BitSet held = new BitSet();
    private final BitSet coolingHere = new BitSet();
    private final BitSet others = new BitSet();
    private final BitSet cooling = new BitSet();
    private final BitSet taken = new BitSet();
    private long total;
    private long assigned;
    private long coolingNumbers;
    private long available;
    private @Nullable String tightest;
    private int tightestAvailable;
    private int clusterTotal;
    private int clusterAvailable;

    PoolCount(SlotIndex index, ForeignPorts foreign, Listeners listeners, PoolRules pool) {
        this.index = index;
        this.foreign = foreign;
        this.listeners = listeners;
        this.pool = pool;
    }

    void add(NodeFacts node) {
        List.of(usable, held, coolingHere, others).forEach(BitSet::clear);
        pool.usableOn(node).addTo(usable);
        for (Protocol protocol : Protocol.values()) {
            cooling.clear();
            index.addCooling(node.name(), protocol, cooling);
            coolingHere.or(cooling);
            taken.clear();
            index.addTaken(node.name(), protocol, taken);
            taken.andNot(cooling);
            held.or(taken);
            foreign.addDeclared(node.name(), protocol, others);
            listeners.addListened(node.name(), protocol, others);
        }
        held.and(usable);
        coolingHere.and(usable);
        coolingHere.andNot(held);
        total += usable.cardinality();
        assigned += held.cardinality();
        coolingNumbers += coolingHere.cardinality();
        usable.andNot(held);
        usable.andNot(coolingHere);
        usable.andNot(others);
        int free = usable.cardinality();
        available += free;
        if (tightest == null || free < tightestAvailable) {
            tightest = node.name();
            tightestAvailable = free;
        }
    }

    /**
     * Counts the numbers that are free on every node at once. The index, the declarations and the listeners each know the
     * ports that are in use on any node, so the cost does not depend on how many nodes there are.
     *
     * @param profiles one node of each profile, so that what is usable on these is usable on all
     */
    void addCluster(List<NodeFacts> profiles) {
        List.of(usable, others).forEach(BitSet::clear);
        pool.usableOn(profiles).addTo(usable);
        clusterTotal = usable.cardinality();
        for (Protocol protocol : Protocol.values()) {
            index.addTaken(Place.EVERYWHERE, protocol, others);
            foreign.addDeclared(Place.EVERYWHERE, protocol, others);
            listeners.addListened(Place.EVERYWHERE, protocol, others);
        }
        usable.andNot(others);
        clusterAvailable = usable.cardinality();
    }

    PoolUse result(int claims) {
        return new PoolUse(
                total,
                assigned,
                coolingNumbers,
                available,
                claims,
                tightest,
                tightestAvailable,
                clusterTotal,
                clusterAvailable);
    }
}
