package io.portclaim.operator;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolUse;
import io.portclaim.operator.claim.ClaimServing;
import io.portclaim.operator.metrics.Census;
import io.portclaim.operator.metrics.PoolSlots;
import io.portclaim.operator.metrics.UnusableClaims;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.CountedPools;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.ServingGate;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a scrape counts. Pools are counted by the leader only: what others know of their slots is nothing. Thread-safe. */
final class Counts implements Census {
    private final ServingGate gate;
    private final Supplier<ClaimServing> serving;
    private final Pools pools;
    private final CountedPools counted;
    private final ClusterView cluster;

    Counts(ServingGate gate, Supplier<ClaimServing> serving, Pools pools, CountedPools counted, ClusterView cluster) {
        this.gate = gate;
        this.serving = serving;
        this.pools = pools;
        this.counted = counted;
        this.cluster = cluster;
    }

    @Override
    public Map<Phase, Long> claims() {
        return serving.get().phases();
    }

    @Override
    public Map<String, PoolSlots> pools() {
        return ofEachPool(pool -> {
            PoolUse use = counted.use(pool);
            return new PoolSlots(
                    use.total(),
                    use.assigned(),
                    use.cooling(),
                    use.available(),
                    use.tightestNode() == null ? null : (long) use.tightestAvailable(),
                    use.clusterTotal(),
                    use.clusterAvailable());
        });
    }

    @Override
    public Map<String, Map<NodeFacts.Source, Long>> poolNodes() {
        return ofEachPool(counted::sources);
    }

    private <T> Map<String, T> ofEachPool(Function<Pool, T> count) {
        Map<String, T> counts = new HashMap<>();
        if (gate.isOpen()) {
            pools.all().forEach(pool -> counts.put(pool.name(), count.apply(pool)));
        }
        return counts;
    }

    @Override
    public long abandonedReports() {
        return cluster.abandonedReports();
    }

    @Override
    public long unclaimedMaps() {
        return serving.get().unclaimedMaps();
    }

    @Override
    public PodCounts pods() {
        return serving.get().podCounts();
    }

    @Override
    public Map<UnusableClaims, Long> unusable() {
        return serving.get().unusable();
    }

    @Override
    public Map<Reason, Long> waiting() {
        return serving.get().waiting();
    }
}
