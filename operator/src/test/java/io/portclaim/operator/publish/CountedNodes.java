package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolNodes;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pool's facts, from the facts of each of its nodes. */
final class CountedNodes {
    private CountedNodes() {}

    static PoolFacts facts(
            long generation, PoolRules rules, @Nullable String invalid, List<NodeFacts> nodes, PoolUse use) {
        return new PoolFacts(
                generation,
                rules,
                invalid,
                PoolNodes.of(nodes).kinds(),
                use,
                nodes.stream()
                        .filter(node -> node.name().equals(use.tightestNode()))
                        .findFirst()
                        .orElse(null));
    }
}
