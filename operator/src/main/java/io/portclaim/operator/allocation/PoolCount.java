package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Counts a pool's numbers node by node. */
final class PoolCount {
    private final SlotIndex index;
    private final ForeignPorts foreign;
    private final PoolRules pool;
    private long total;
    private long assigned;
    private long cooling;
    private long available;
    private @Nullable String tightest;
    private int tightestAvailable;

    PoolCount(SlotIndex index, ForeignPorts foreign, PoolRules pool) {
        this.index = index;
        this.foreign = foreign;
        this.pool = pool;
    }

    void add(NodeFacts node) {
        BitSet usable = pool.usableOn(node).toBitSet();
        BitSet taken = new BitSet();
        BitSet declared = new BitSet();
        for (Protocol protocol : Protocol.values()) {
            index.addTaken(node.name(), protocol, taken);
            foreign.addDeclared(node.name(), protocol, declared);
        }
        BitSet rests = new BitSet();
        index.addCooling(node.name(), rests);
        taken.and(usable);
        rests.and(usable);
        BitSet held = (BitSet) taken.clone();
        held.andNot(rests);
        BitSet free = (BitSet) usable.clone();
        free.andNot(taken);
        free.andNot(declared);

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
