package io.portclaim.operator.pod;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.WhenFull;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PodRequest;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.pool.ServedNodes;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodAdmitter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Gathers what is known of a pod's claim, its pool and the nodes, and makes the request. Thread-safe. */
public final class PodAdmission implements PodAdmitter {
    private final Function<ClaimKey, Optional<Claim>> claims;
    private final Admitter admitter;
    private final Pools pools;
    private final Nodes nodes;
    private volatile Hostnames hostnames = new Hostnames(-1, Map.of());

    /** The hostnames as of a version of the nodes. */
    private record Hostnames(long version, Map<String, String> byNode) {}

    /**
     * Admits pods.
     *
     * @param claims finds a claim by its name, as a cache has it
     * @param admitter judges the claim
     */
    public PodAdmission(Function<ClaimKey, Optional<Claim>> claims, Admitter admitter, Pools pools, Nodes nodes) {
        this.claims = claims;
        this.admitter = admitter;
        this.pools = pools;
        this.nodes = nodes;
    }

    @Override
    public Admitted admit(ClaimPod pod) {
        if (pod.placement().isTooLong()) {
            return refused(
                    Reason.PODS_WAITING,
                    "the pod's affinity and nodeSelector have more than %d characters as JSON: create it again with shorter ones"
                            .formatted(PodReader.MOST_PLACEMENT));
        }
        Claim claim = claims.apply(pod.claimKey()).orElse(null);
        if (claim == null) {
            return refused(
                    Reason.PODS_WAITING,
                    "PortClaim %s does not exist; the pod is served as soon as it does".formatted(pod.claim()));
        }
        if (claim.spec().scope() != Scope.POD) {
            return refused(
                    Reason.PODS_WAITING,
                    "PortClaim %s does not have scope Pod, so it has no ports of their own for pods: name another claim in the pod's label"
                            .formatted(pod.claim()));
        }
        Optional<Refusal> unknown = readsUnknownPorts(pod, claim);
        Admitter.Admitted admitted = admitter.admit(claim, claim.poolName());
        Pool pool = Optional.ofNullable(admitted.poolName()).flatMap(pools::get).orElse(null);
        if (admitted.refusal() != null || pool == null) {
            return admitted.refusal() == null
                    ? refused(Reason.POOL_NOT_FOUND, "the claim's pool does not exist")
                    : new Admitted.Refused(admitted.refusal());
        }
        return unknown.<Admitted>map(Admitted.Refused::new).orElseGet(() -> request(pod, claim, pool));
    }

    private static Admitted refused(Reason reason, String message) {
        return new Admitted.Refused(new Refusal(reason, message));
    }

    /** A variable of a port that is not requested would be empty for as long as the pod lives. */
    private static Optional<Refusal> readsUnknownPorts(ClaimPod pod, Claim claim) {
        TreeSet<String> unknown = new TreeSet<>(pod.reads());
        claim.spec().ports().stream().map(PortRequest::name).forEach(unknown::remove);
        return unknown.isEmpty()
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.PODS_WAITING,
                        "a container of the pod reads the ports %s, which PortClaim %s does not request: request them there, or create the pod again without these variables"
                                .formatted(String.join(", ", unknown), pod.claim())));
    }

    private Admitted request(ClaimPod pod, Claim claim, Pool pool) {
        PodRequest.Candidates candidates = candidates(pod, pool.name());
        if (pod.boundTo() != null && !candidates.ofPool().containsKey(pod.boundTo())) {
            return refused(
                    Reason.NO_MATCHING_NODE,
                    "the pod can run on node %s only, which PortPool %s does not serve: change the pool's nodeSelector or the pod's"
                            .formatted(pod.boundTo(), pool.name()));
        }
        return new Admitted.Request(new PodRequest(
                pod.uid(),
                pod.key(),
                pod.created(),
                pool.rules(),
                claim.requestedPorts(),
                pod.boundTo(),
                candidates,
                claim.spec().whenFull() == WhenFull.NEW_NODE));
    }

    @Override
    public PodRequest.Candidates candidates(ClaimPod pod, String poolName) {
        Map<String, NodeFacts> ofPool = new HashMap<>();
        Map<String, NodeFacts> eligible = new HashMap<>();
        List<NodeSelectorTerm> terms = terms(pod.placement().affinity());
        pools.get(poolName)
                .map(pools::nodesOf)
                .<Map<String, Nodes.KnownNode>>map(ServedNodes::nodes)
                .orElse(Map.of())
                .forEach((name, node) -> {
                    ofPool.put(name, node.facts());
                    boolean selected = node.labels()
                            .entrySet()
                            .containsAll(pod.placement().nodeSelector().entrySet());
                    if (selected && NodeTerms.match(terms, name, node.labels())) {
                        eligible.put(name, node.facts());
                    }
                });
        return new PodRequest.Candidates(ofPool, eligible, hostnames());
    }

    private static @Nullable List<NodeSelectorTerm> terms(@Nullable String affinity) {
        return affinity == null ? null : NodeTerms.of(Serialization.unmarshal(affinity, Affinity.class));
    }

    /** A node whose hostname is missing, or is another's too, can't be left out by it. */
    private Map<String, String> hostnames() {
        long version = nodes.version();
        Hostnames known = hostnames;
        if (known.version != version) {
            known = new Hostnames(version, unique(nodes.all()));
            hostnames = known;
        }
        return known.byNode;
    }

    private static Map<String, String> unique(Map<String, Nodes.KnownNode> all) {
        Map<String, Long> counts = all.values().stream()
                .map(node -> node.labels().getOrDefault(PodPatch.HOSTNAME, ""))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        Map<String, String> unique = new HashMap<>();
        all.forEach((name, node) -> {
            String hostname = node.labels().getOrDefault(PodPatch.HOSTNAME, "");
            if (!hostname.isEmpty() && counts.getOrDefault(hostname, 0L) == 1) {
                unique.put(name, hostname);
            }
        });
        return unique;
    }
}
