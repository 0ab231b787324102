package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.node.Selectors;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a claim may be served, and on which nodes: an ordered table of rules, each of which looks at the same case and
 * refuses it or not. The first refusal is what the claim is told.
 */
final class Admission implements Admitter {
    private static final List<Rule> RULES = List.of(
            Admission::poolExists,
            Admission::poolIsValid,
            Admission::namespaceIsAllowed,
            Admission::withinClaimLimit,
            Admission::nodeExists,
            Admission::nodesMatch,
            Admission::notTooManyNodes);

    private final Pools pools;
    private final ClusterView cluster;
    private final int maxNodes;

    Admission(Pools pools, ClusterView cluster, int maxNodes) {
        this.pools = pools;
        this.cluster = cluster;
        this.maxNodes = maxNodes;
    }

    /** A reason to refuse a case. */
    private interface Rule {
        Optional<Refusal> refuses(Case looked);
    }

    /**
     * Everything that the rules look at.
     *
     * @param claim the claim
     * @param poolName the pool that is looked for; null: the default pool
     * @param pool the pool that would serve it; null when there is none
     * @param served the nodes that the pool serves; null when there is no pool
     * @param nodes the nodes that it wants ports on, empty for Cluster scope
     * @param admission what is known beyond the claim
     */
    private record Case(
            Claim claim,
            @Nullable String poolName,
            @Nullable Pool pool,
            Pools.@Nullable ServedNodes served,
            SortedMap<String, Nodes.KnownNode> nodes,
            Admission admission) {}

    @Override
    public Admitted admit(Claim claim, @Nullable String poolName) {
        Pool pool = Optional.ofNullable(poolName)
                .map(pools::get)
                .orElseGet(pools::defaultPool)
                .orElse(null);
        Pools.ServedNodes served = pool == null ? null : pools.nodesOf(pool);
        SortedMap<String, Nodes.KnownNode> nodes = served == null ? new TreeMap<>() : wanted(claim, served);
        String name = pool == null ? poolName : pool.name();
        Case looked = new Case(claim, name, pool, served, nodes, this);
        for (Rule rule : RULES) {
            Optional<Refusal> refusal = rule.refuses(looked);
            if (refusal.isPresent()) {
                return new Admitted(name, new TreeSet<>(nodes.keySet()), null, refusal.get());
            }
        }
        return new Admitted(name, new TreeSet<>(nodes.keySet()), request(looked), null);
    }

    private static Request request(Case looked) {
        Pool pool = looked.pool();
        Pools.ServedNodes served = looked.served();
        if (pool == null || served == null) {
            throw new IllegalStateException("a claim without a pool was admitted");
        }
        List<Request.Target> targets = new ArrayList<>();
        if (looked.claim().isClusterWide()) {
            targets.add(new Request.Target(
                    Place.EVERYWHERE, served.profiles(), served.nodes().size()));
        } else {
            looked.nodes().forEach((name, node) -> targets.add(new Request.Target(name, List.of(node.facts()))));
        }
        Claim claim = looked.claim();
        return new Request(
                claim.uid(),
                claim.key(),
                claim.created(),
                claim.revision(),
                pool.rules(),
                claim.configMapName(),
                claim.requestedPorts(),
                targets);
    }

    private static SortedMap<String, Nodes.KnownNode> wanted(Claim claim, Pools.ServedNodes served) {
        SortedMap<String, Nodes.KnownNode> nodes = new TreeMap<>();
        if (!claim.isClusterWide()) {
            String named = claim.spec().nodeName();
            Map<String, Nodes.KnownNode> candidates = named == null
                    ? served.nodes()
                    : Optional.ofNullable(served.nodes().get(named))
                            .map(node -> Map.of(named, node))
                            .orElse(Map.of());
            candidates.forEach((name, node) -> {
                if (Selectors.matches(claim.spec().nodeSelector(), node.labels())) {
                    nodes.put(name, node);
                }
            });
        }
        return nodes;
    }

    private static Optional<Refusal> poolExists(Case looked) {
        if (looked.pool() != null) {
            return Optional.empty();
        }
        String name = looked.poolName();
        return Optional.of(
                name == null
                        ? new Refusal(
                                Reason.NO_DEFAULT_POOL,
                                "the claim names no pool and no PortPool has the annotation portclaim.io/is-default-pool: \"true\"; annotate one, or make the claim again with spec.poolName")
                        : new Refusal(
                                Reason.POOL_NOT_FOUND,
                                "PortPool %s does not exist; create it, or make the claim again with another spec.poolName"
                                        .formatted(name)));
    }

    private static Optional<Refusal> poolIsValid(Case looked) {
        return Optional.ofNullable(looked.pool())
                .filter(pool -> pool.invalid() != null)
                .map(pool ->
                        new Refusal(Reason.POOL_INVALID, "PortPool %s: %s".formatted(pool.name(), pool.invalid())));
    }

    private static Optional<Refusal> namespaceIsAllowed(Case looked) {
        Pool pool = looked.pool();
        String namespace = looked.claim().key().namespace();
        if (pool == null || pool.allowedNamespaces() == null) {
            return Optional.empty();
        }
        Map<String, String> labels =
                looked.admission().cluster.namespaceLabels(namespace).orElse(Map.of());
        return Selectors.matches(pool.allowedNamespaces(), labels)
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.NAMESPACE_NOT_ALLOWED,
                        "PortPool %s serves only namespaces that its spec.allowedNamespaces selects, and the labels of %s don't match"
                                .formatted(pool.name(), namespace)));
    }

    private static Optional<Refusal> withinClaimLimit(Case looked) {
        int numbers = looked.claim().requestedPorts().stream()
                .mapToInt(RequestedPort::count)
                .sum();
        int limit = Optional.ofNullable(looked.pool())
                .map(Pool::rules)
                .map(PoolRules::spec)
                .map(PoolRules.Spec::portsPerClaim)
                .orElse(0);
        return limit == 0 || numbers <= limit
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.LIMIT_EXCEEDED,
                        "%d ports asked for and PortPool %s gives at most %d to a claim; ask for fewer, or raise its spec.limits.portsPerClaim"
                                .formatted(
                                        numbers,
                                        looked.pool() == null
                                                ? ""
                                                : looked.pool().name(),
                                        limit)));
    }

    private static Optional<Refusal> nodeExists(Case looked) {
        String name = looked.claim().spec().nodeName();
        return name == null || looked.admission().cluster.nodes().get(name).isPresent()
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.NODE_NOT_FOUND,
                        "node %s does not exist; the claim is served as soon as it joins".formatted(name)));
    }

    private static Optional<Refusal> nodesMatch(Case looked) {
        if (looked.claim().isClusterWide() || !looked.nodes().isEmpty()) {
            return Optional.empty();
        }
        String pool = looked.pool() == null ? "" : looked.pool().name();
        String name = looked.claim().spec().nodeName();
        return Optional.of(new Refusal(
                Reason.NO_MATCHING_NODE,
                name != null
                        ? "PortPool %s does not serve node %s: its spec.nodeSelector does not match the node's labels"
                                .formatted(pool, name)
                        : "no node of PortPool %s matches the claim; it is served as soon as one does"
                                .formatted(pool)));
    }

    private static Optional<Refusal> notTooManyNodes(Case looked) {
        return NodeLimit.refusal(looked.nodes().size(), looked.claim().requestedPorts(), looked.admission().maxNodes);
    }
}
