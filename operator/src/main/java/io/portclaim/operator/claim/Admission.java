package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.node.Selectors;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.pool.ServedNodes;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Gathers what is known of a claim's pool, namespace and nodes, has the {@link AdmissionRules} judge it, and makes the request. */
public final class Admission implements Admitter {
    private final Pools pools;
    private final ClusterView cluster;
    private final int maxNodes;
    private final Predicate<String> servesPodsIn;
    private final ClaimsByNode byNode;

    /**
     * Admits claims on at most {@code maxNodes} nodes each.
     *
     * @param servesPodsIn whether claims of scope Pod are served in a namespace
     * @param triggers finds the claims that a change of a node concerns
     */
    public Admission(
            Pools pools, ClusterView cluster, int maxNodes, Predicate<String> servesPodsIn, RequeueTriggers triggers) {
        this(pools, cluster, maxNodes, servesPodsIn, triggers.byNode());
    }

    Admission(Pools pools, ClusterView cluster, int maxNodes, Predicate<String> servesPodsIn, ClaimsByNode byNode) {
        this.pools = pools;
        this.cluster = cluster;
        this.maxNodes = maxNodes;
        this.servesPodsIn = servesPodsIn;
        this.byNode = byNode;
    }

    @Override
    public Admitted admit(Claim claim, @Nullable String poolName) {
        Pool pool = Optional.ofNullable(poolName)
                .map(pools::get)
                .orElseGet(pools::defaultPool)
                .orElse(null);
        String name = pool == null ? poolName : pool.name();
        byNode.register(claim, name);
        ServedNodes served = pool == null ? null : pools.nodesOf(pool);
        SortedMap<String, Nodes.KnownNode> nodes = served == null ? new TreeMap<>() : wanted(claim, served);
        Refusal refusal =
                AdmissionRules.refusal(input(claim, name, pool, nodes.size())).orElse(null);
        Request request =
                refusal != null || pool == null || served == null ? null : request(claim, pool, served, nodes);
        return new Admitted(name, new TreeSet<>(nodes.keySet()), request, refusal);
    }

    @Override
    public List<PoolRules> poolsOf(String namespace) {
        try {
            return pools.all().stream()
                    .filter(pool -> pool.invalid() == null)
                    .filter(pool -> pool.allowedNamespaces() == null
                            || Selectors.matches(pool.allowedNamespaces(), labelsOf(namespace)))
                    .map(Pool::rules)
                    .toList();
        } catch (KubernetesClientException e) {
            throw new IllegalStateException(
                    "namespace %s can't be read now: %s".formatted(namespace, e.getMessage()), e);
        }
    }

    private Map<String, String> labelsOf(String namespace) {
        return cluster.namespaceLabels(namespace).orElse(Map.of());
    }

    private AdmissionRules.Input input(Claim claim, @Nullable String poolName, @Nullable Pool pool, int nodes) {
        boolean isRestricted = pool != null && pool.allowedNamespaces() != null;
        String named = claim.spec().nodeName();
        return new AdmissionRules.Input(
                claim,
                poolName,
                pool,
                isRestricted ? labelsOf(claim.key().namespace()) : Map.of(),
                named == null || cluster.nodes().get(named).isPresent(),
                nodes,
                maxNodes,
                servesPodsIn.test(claim.key().namespace()));
    }

    private static Request request(
            Claim claim, Pool pool, ServedNodes served, SortedMap<String, Nodes.KnownNode> nodes) {
        List<Request.Target> targets = new ArrayList<>();
        if (claim.isClusterWide() || claim.isPerPod()) {
            targets.add(new Request.Target(Place.EVERYWHERE, served.profiles(), served.size()));
        } else {
            nodes.forEach((name, node) -> targets.add(new Request.Target(name, List.of(node.facts()))));
        }
        return new Request(
                claim.uid(),
                claim.key(),
                claim.created(),
                claim.revision(),
                pool.rules(),
                claim.configMapName(),
                claim.requestedPorts(),
                targets,
                claim.wished());
    }

    private SortedMap<String, Nodes.KnownNode> wanted(Claim claim, ServedNodes served) {
        SortedMap<String, Nodes.KnownNode> nodes = new TreeMap<>();
        if (claim.isClusterWide() || claim.isPerPod()) {
            return nodes;
        }
        WantedNodes wanted = WantedNodes.of(claim.spec());
        Set<String> names = wanted.candidates(cluster.nodes().byLabel())
                .orElseGet(() -> served.nodes().keySet());
        for (String name : names) {
            Nodes.@Nullable KnownNode node = served.nodes().get(name);
            if (node != null && wanted.include(name, node)) {
                nodes.put(name, node);
            }
        }
        return nodes;
    }
}
