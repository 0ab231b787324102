package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Holders;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.claim.ClaimsByNode.Registered;
import io.portclaim.operator.claim.WantedNodes.NodeTerm;
import io.portclaim.operator.node.NodeChange;
import io.portclaim.operator.node.Nodes.KnownNode;
import io.portclaim.operator.node.Selectors;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.protocol.ClaimTracker;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Changes of nodes, until it is looked at whom they concern. The cost follows the nodes that have changed, the pools, and the claims
 * that are found, not the claims and nodes that there are. Thread-safe.
 */
final class NodeNews {
    private final ClaimsByNode claims;
    private final ClaimTracker tracker;
    private final Holders holders;
    /** All that each node was since the last look: what was seen in between may have been used. */
    private final Map<String, Set<Optional<KnownNode>>> gathered = new HashMap<>();

    /**
     * Whom changes concern.
     *
     * @param claims to be looked at again
     * @param pools of which a node came, went or has other facts
     */
    record Concerned(Set<ClaimKey> claims, Set<String> pools) {}

    NodeNews(ClaimsByNode claims, ClaimTracker tracker, Holders holders) {
        this.claims = claims;
        this.tracker = tracker;
        this.holders = holders;
    }

    synchronized void add(NodeChange change) {
        Set<Optional<KnownNode>> states = gathered.computeIfAbsent(change.name(), name -> new LinkedHashSet<>());
        states.add(Optional.ofNullable(change.before()));
        states.add(Optional.ofNullable(change.after()));
    }

    synchronized boolean isEmpty() {
        return gathered.isEmpty();
    }

    private synchronized Map<String, Set<Optional<KnownNode>>> drain() {
        Map<String, Set<Optional<KnownNode>>> drained = Map.copyOf(gathered);
        gathered.clear();
        return drained;
    }

    /** Whom the changes since the last look concern, with these pools. */
    Concerned look(Collection<Pool> pools) {
        Map<String, Pool> byName = pools.stream().collect(Collectors.toMap(Pool::name, Function.identity()));
        Concerned concerned = new Concerned(new HashSet<>(), new HashSet<>());
        drain().forEach((name, states) -> {
            look(name, states, byName, concerned);
            concerned.claims.addAll(holdersOf(name, states));
        });
        if (!concerned.pools.isEmpty()) {
            tracker.onEveryNode(concerned.pools).forEach(tracked -> concerned.claims.add(tracked.key()));
        }
        return concerned;
    }

    private void look(String name, Set<Optional<KnownNode>> states, Map<String, Pool> pools, Concerned concerned) {
        Set<NodeTerm> terms = new HashSet<>(Set.of(new NodeTerm.Name(name)));
        states.forEach(state -> state.ifPresent(node -> node.labels().forEach((label, value) -> {
            terms.add(new NodeTerm.Label(label, value));
            terms.add(new NodeTerm.LabelName(label));
        })));
        pools.values().forEach(pool -> look(pool, facts(pool, states), terms, concerned));
        for (Registered claim : claims.of(terms)) {
            if (tracker.get(claim.uid()).isPresent() && isConcerned(claim, name, states, pools.get(claim.pool()))) {
                concerned.claims.add(claim.key());
            }
        }
    }

    private void look(Pool pool, Set<Optional<NodeFacts>> facts, Set<NodeTerm> terms, Concerned concerned) {
        if (facts.stream().anyMatch(Optional::isPresent)) {
            terms.add(new NodeTerm.ServedBy(pool.name()));
        }
        if (facts.size() > 1) {
            terms.add(new NodeTerm.MovedIn(pool.name()));
            concerned.pools.add(pool.name());
            facts.forEach(state -> state.ifPresent(node ->
                    concerned.claims.addAll(holders.everywhere(pool.rules().unusableOn(node)))));
        }
    }

    /** What the node was to the pool; empty: no node of it. */
    private static Set<Optional<NodeFacts>> facts(Pool pool, Collection<Optional<KnownNode>> states) {
        return states.stream()
                .map(state -> state.filter(node -> Selectors.matches(pool.nodeSelector(), node.labels()))
                        .map(KnownNode::facts))
                .collect(Collectors.toSet());
    }

    private static boolean isConcerned(
            Registered claim, String name, Set<Optional<KnownNode>> states, @Nullable Pool pool) {
        // A claim that names a node is refused for another reason while there is none.
        boolean cameOrWent = claim.wanted() instanceof WantedNodes.Named
                && states.stream().map(Optional::isPresent).distinct().count() > 1;
        List<Optional<KnownNode>> wanted = states.stream()
                .map(state -> state.filter(node -> claim.wanted().include(name, node)))
                .toList();
        return cameOrWent || (pool != null && facts(pool, wanted).size() > 1);
    }

    /** Those that hold ports there: whether a node is there, and what is usable on it, is said of them too. */
    private Collection<ClaimKey> holdersOf(String name, Set<Optional<KnownNode>> states) {
        return states.stream()
                                .map(state -> state.map(KnownNode::facts))
                                .distinct()
                                .count()
                        > 1
                ? holders.at(name)
                : Set.of();
    }
}
