package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.node.Selectors;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.protocol.Claim;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a claim may be served: an ordered table of rules, each of which refuses an input or does not. The claim's status has the
 * first refusal. Pure: what they look at was gathered before.
 */
final class AdmissionRules {
    private static final List<Rule> RULES = List.of(
            AdmissionRules::poolExists,
            AdmissionRules::poolIsValid,
            AdmissionRules::namespaceIsAllowed,
            AdmissionRules::podScopeIsServed,
            AdmissionRules::withinClaimLimit,
            AdmissionRules::nodeExists,
            AdmissionRules::nodesMatch,
            AdmissionRules::notTooManyNodes);

    private AdmissionRules() {}

    /** A reason to refuse. */
    private interface Rule {
        Optional<Refusal> refuses(Input input);
    }

    /**
     * Everything that the rules look at.
     *
     * @param claim the claim
     * @param poolName the pool that is looked for; null: the default pool
     * @param pool the pool that would serve it; null when there is none
     * @param namespaceLabels the labels of the claim's namespace; empty where the pool serves every namespace
     * @param namedNodeExists whether there is the node that the claim names; true where it names none
     * @param nodes on how many nodes it wants ports, 0 for Cluster scope
     * @param maxNodes the most nodes of any claim
     * @param podScopeIsServed whether claims of scope Pod are served in the claim's namespace
     */
    record Input(
            Claim claim,
            @Nullable String poolName,
            @Nullable Pool pool,
            Map<String, String> namespaceLabels,
            boolean namedNodeExists,
            int nodes,
            int maxNodes,
            boolean podScopeIsServed) {}

    /** The first refusal; empty where the claim may be served. */
    static Optional<Refusal> refusal(Input input) {
        return RULES.stream().flatMap(rule -> rule.refuses(input).stream()).findFirst();
    }

    private static Optional<Refusal> poolExists(Input input) {
        if (input.pool() != null) {
            return Optional.empty();
        }
        String name = input.poolName();
        return Optional.of(
                name == null
                        ? new Refusal(
                                Reason.NO_DEFAULT_POOL,
                                "the claim names no pool and no PortPool has the annotation portclaim.io/is-default-pool: \"true\"; annotate one, or re-create the claim with spec.poolName")
                        : new Refusal(
                                Reason.POOL_NOT_FOUND,
                                "PortPool %s does not exist; create it, or re-create the claim with another spec.poolName"
                                        .formatted(name)));
    }

    private static Optional<Refusal> poolIsValid(Input input) {
        return Optional.ofNullable(input.pool())
                .filter(pool -> pool.invalid() != null)
                .map(pool ->
                        new Refusal(Reason.POOL_INVALID, "PortPool %s: %s".formatted(pool.name(), pool.invalid())));
    }

    private static Optional<Refusal> namespaceIsAllowed(Input input) {
        Pool pool = input.pool();
        String namespace = input.claim().key().namespace();
        if (pool == null || pool.allowedNamespaces() == null) {
            return Optional.empty();
        }
        return Selectors.matches(pool.allowedNamespaces(), input.namespaceLabels())
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.NAMESPACE_NOT_ALLOWED,
                        "PortPool %s serves only namespaces that its spec.allowedNamespaces selects, and the labels of %s do not match"
                                .formatted(pool.name(), namespace)));
    }

    private static Optional<Refusal> podScopeIsServed(Input input) {
        return !input.claim().isPerPod() || input.podScopeIsServed()
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.POD_SCOPE_DISABLED,
                        "claims of scope Pod are not served in namespace %s: install the chart with podScope.enabled=true, and with this namespace if podScope.namespaces names some; until then pods with the claim's label wait"
                                .formatted(input.claim().key().namespace())));
    }

    private static Optional<Refusal> withinClaimLimit(Input input) {
        int numbers = input.claim().requestedPorts().stream()
                .mapToInt(RequestedPort::count)
                .sum();
        int limit = Optional.ofNullable(input.pool())
                .map(Pool::rules)
                .map(PoolRules::spec)
                .map(PoolRules.Spec::portsPerClaim)
                .orElse(0);
        return limit == 0 || numbers <= limit
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.LIMIT_EXCEEDED,
                        "%d ports requested, but PortPool %s assigns at most %d to one claim; request fewer, or raise its spec.limits.portsPerClaim"
                                .formatted(
                                        numbers,
                                        input.pool() == null ? "" : input.pool().name(),
                                        limit)));
    }

    private static Optional<Refusal> nodeExists(Input input) {
        String name = input.claim().spec().nodeName();
        return name == null || input.namedNodeExists()
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.NODE_NOT_FOUND,
                        "node %s does not exist; the claim is served as soon as it joins".formatted(name)));
    }

    private static Optional<Refusal> nodesMatch(Input input) {
        if (input.claim().isClusterWide() || input.claim().isPerPod() || input.nodes() > 0) {
            return Optional.empty();
        }
        String pool = input.pool() == null ? "" : input.pool().name();
        String name = input.claim().spec().nodeName();
        return Optional.of(new Refusal(
                Reason.NO_MATCHING_NODE,
                name != null
                        ? "PortPool %s does not serve node %s: its spec.nodeSelector does not match the node's labels"
                                .formatted(pool, name)
                        : "no node of PortPool %s matches the claim; it is served as soon as one does"
                                .formatted(pool)));
    }

    private static Optional<Refusal> notTooManyNodes(Input input) {
        return NodeLimit.refusal(input.nodes(), input.claim().requestedPorts(), input.maxNodes());
    }
}
