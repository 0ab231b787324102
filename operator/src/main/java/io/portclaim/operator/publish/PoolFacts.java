package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a pool's status is made of.
 *
 * @param generation the generation of the spec that was dealt with
 * @param rules what the pool may give out; null where its spec can't be followed
 * @param invalid why the spec can't be followed, and what would do; null where it can
 * @param nodes the nodes it serves
 * @param use how full it is; null where its spec can't be followed
 */
public record PoolFacts(
        long generation,
        @Nullable PoolRules rules,
        @Nullable String invalid,
        List<NodeFacts> nodes,
        @Nullable PoolUse use) {

    public PoolFacts {
        if ((rules == null) == (invalid == null) || (rules == null) != (use == null)) {
            throw new IllegalArgumentException("a pool has rules and a use, or a reason why it has none");
        }
        nodes = List.copyOf(nodes);
    }

    /** Facts of a pool whose spec can be followed. */
    public static PoolFacts of(long generation, PoolRules rules, List<NodeFacts> nodes, PoolUse use) {
        return new PoolFacts(generation, rules, null, nodes, use);
    }

    /** Facts of a pool whose spec can't be followed. */
    public static PoolFacts invalid(long generation, String why, List<NodeFacts> nodes) {
        return new PoolFacts(generation, null, why, nodes, null);
    }
}
