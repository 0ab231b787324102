package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.NodeKinds;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import org.jspecify.annotations.Nullable;

/**
 * All that a pool's status is made of.
 *
 * @param generation the generation of the spec that was dealt with
 * @param rules what the pool may give out
 * @param invalid why its spec can't be followed, and what would do; null where it can
 * @param nodes the nodes it serves
 * @param use how full it is
 * @param tightest what is known of the node with the fewest free numbers; null without nodes
 */
public record PoolFacts(
        long generation,
        PoolRules rules,
        @Nullable String invalid,
        NodeKinds nodes,
        PoolUse use,
        @Nullable NodeFacts tightest) {}
