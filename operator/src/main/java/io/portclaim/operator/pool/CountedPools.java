package io.portclaim.operator.pool;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolUse;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.publish.PoolFacts;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How full pools are, and which nodes they have: counted once, and then by what changes. Thread-safe. */
public final class CountedPools {
    private final Pools pools;
    private final PortIndex portIndex;

    /** Counts {@code pools}, as far as {@code portIndex} knows who has their ports. */
    public CountedPools(Pools pools, PortIndex portIndex) {
        this.pools = pools;
        this.portIndex = portIndex;
    }

    /** How full the pool is now. */
    public PoolUse use(Pool pool) {
        return portIndex.use(pool.rules(), pools.nodesOf(pool).facts());
    }

    /** How many of the pool's nodes there are by where their ephemeral range is known from. */
    public Map<NodeFacts.Source, Long> sources(Pool pool) {
        return pools.nodesOf(pool).facts().kinds().bySource();
    }

    /** All that the pool's status is made of. */
    public PoolFacts facts(Pool pool, long generation) {
        PoolUse use = use(pool);
        ServedNodes nodes = pools.nodesOf(pool);
        @Nullable String tightest = use.tightestNode();
        return new PoolFacts(
                generation,
                pool.rules(),
                pool.invalid(),
                nodes.facts().kinds(),
                use,
                tightest == null ? null : nodes.facts().get(tightest).orElse(null));
    }

    /** Forgets what was counted of a pool that is gone. */
    void forget(String pool) {
        portIndex.forgetCounts(pool);
    }
}
