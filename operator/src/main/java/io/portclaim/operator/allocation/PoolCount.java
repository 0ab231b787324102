package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Counts a pool's numbers node by node. */
final class PoolCount {
    private final SlotIndex index;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final PoolRules pool;
    private long total;
    private long assigned;
    private long cooling;
    private long available;
    private @Nullable String tightest;
    private int tightestAvailable;

    PoolCount(SlotIndex index, ForeignPorts foreign, Listeners listeners, PoolRules pool) {
        this.index = index;
        this.foreign = foreign;
        this.listeners = listeners;
        this.pool = pool;
    }

    void add(NodeFacts node) {
        BitSet usable = pool.usableOn(node).toBitSet();
        BitSet held = new BitSet();
        BitSet rests = new BitSet();
        BitSet others = new BitSet();
        for (Protocol protocol : Protocol.values()) {
            BitSet cooling = new BitSet();
            index.addCooling(node.name(), protocol, cooling);
            rests.or(cooling);
            BitSet taken = new BitSet();
            index.addTaken(node.name(), protocol, taken);
            taken.andNot(cooling);
            held.or(taken);
            foreign.addDeclared(node.name(), protocol, others);
            listeners.addListened(node.name(), protocol, others);
        }
        held.and(usable);
        rests.and(usable);
        rests.andNot(held);
        BitSet free = (BitSet) usable.clone();
        free.andNot(held);
        free.andNot(rests);
        free.andNot(others);

        total += usable.cardinality();
        assigned += held.cardinality();
        cooling += rests.cardinality();
        available += free.cardinality();
        if (tightest == null || free.cardinality() < tightestAvailable) {
            tightest = node.name();
            tightestAvailable = free.cardinality();
        }
    }

    PoolUse result(int claims) {
        return new PoolUse(total, assigned, cooling, available, claims, tightest, tightestAvailable);
    }
}
