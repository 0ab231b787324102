package io.portclaim.operator.allocation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The pools that somebody has asked about, each with what was counted of it. Thread-safe. */
final class PoolCounts implements PortFollower {
    private final Map<String, PoolCount> counts = new ConcurrentHashMap<>();
    private final AtomicLong nodesCounted = new AtomicLong();

    /** How full the pool of these rules and nodes is; {@code index} guards {@code state}. */
    PoolUse use(IndexState state, PortIndex index, PoolRules rules, PoolNodes nodes) {
        return counts.compute(
                        rules.name(),
                        (name, known) -> known != null && known.isOf(rules, nodes)
                                ? known
                                : new PoolCount(state, index, rules, nodes, nodesCounted))
                .use();
    }

    /** Forgets what was counted of a pool. */
    void forget(String pool) {
        counts.remove(pool);
    }

    /** How many nodes' own ports were counted so far. */
    long nodesCounted() {
        return nodesCounted.get();
    }

    @Override
    public void portChanged(String place, int port) {
        counts.values().forEach(count -> count.portChanged(place, port));
    }
}
