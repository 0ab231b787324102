package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.ports.PortSet;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule's reason and message, and that of several the first one counts. */
class AdmissionRulesTest {
    private static final LabelSelector GAMES =
            new LabelSelectorBuilder().addToMatchLabels("team", "games").build();
    private static final int MAX_NODES = 100;

    private static final Claim CLUSTER = claim("scope: Cluster, ports: [{name: http}, {name: game, count: 3}]");
    private static final Claim EVERY_NODE = claim("scope: Node, allNodes: true, ports: [{name: http}]");
    private static final Claim ONE_NODE = claim("scope: Node, nodeName: a, ports: [{name: http}]");

    private static Claim claim(String spec) {
        return Samples.claim(Samples.WEB, "uid", 1, "{poolName: main, %s}".formatted(spec));
    }

    private static Pool pool(@Nullable String invalid, @Nullable LabelSelector namespaces, int portsPerClaim) {
        PoolRules.Spec spec = PoolRules.Spec.of(PortSet.parse("20000-20999"))
                .portsPerClaim(portsPerClaim)
                .build();
        return new Pool("main", new PoolRules("main", spec), invalid, null, namespaces, false, Instant.EPOCH);
    }

    private static AdmissionRules.Input input(Claim claim, @Nullable Pool pool, int nodes) {
        return new AdmissionRules.Input(claim, "main", pool, Map.of(), true, nodes, MAX_NODES, true);
    }

    private static AdmissionRules.Input withLabels(AdmissionRules.Input input, Map<String, String> labels) {
        return new AdmissionRules.Input(
                input.claim(), input.poolName(), input.pool(), labels, true, input.nodes(), MAX_NODES, true);
    }

    private static AdmissionRules.Input withoutItsNode(AdmissionRules.Input input) {
        return new AdmissionRules.Input(
                input.claim(), input.poolName(), input.pool(), input.namespaceLabels(), false, 0, MAX_NODES, true);
    }

    static Stream<Arguments> table() {
        Pool open = pool(null, null, 0);
        Pool invalid = pool("no range is left", GAMES, 3);
        Pool ofGames = pool(null, GAMES, 3);
        Pool small = pool(null, null, 3);
        return Stream.of(
                arguments("served", input(CLUSTER, open, 0), null, ""),
                arguments("served on each node", input(EVERY_NODE, open, 100), null, ""),
                arguments("served on its node", input(ONE_NODE, open, 1), null, ""),
                arguments(
                        "no pool is named or default",
                        new AdmissionRules.Input(CLUSTER, null, null, Map.of(), false, 0, MAX_NODES, true),
                        Reason.NO_DEFAULT_POOL,
                        "the claim names no pool and no PortPool has the annotation"),
                arguments(
                        "the pool is not there, nor is the node",
                        withoutItsNode(input(ONE_NODE, null, 0)),
                        Reason.POOL_NOT_FOUND,
                        "PortPool main does not exist; create it"),
                arguments(
                        "the pool is invalid, and the namespace not allowed",
                        input(CLUSTER, invalid, 0),
                        Reason.POOL_INVALID,
                        "PortPool main: no range is left"),
                arguments(
                        "the namespace is not allowed, and the claim too large",
                        withLabels(input(CLUSTER, ofGames, 0), Map.of("team", "web")),
                        Reason.NAMESPACE_NOT_ALLOWED,
                        "PortPool main serves only namespaces that its spec.allowedNamespaces selects, and the labels of shop"),
                arguments(
                        "the namespace is allowed",
                        withLabels(input(EVERY_NODE, ofGames, 1), Map.of("team", "games")),
                        null,
                        ""),
                arguments(
                        "the claim is too large",
                        input(CLUSTER, small, 0),
                        Reason.LIMIT_EXCEEDED,
                        "4 ports requested, but PortPool main assigns at most 3 to one claim"),
                arguments("the claim is not too large", input(CLUSTER, pool(null, null, 4), 0), null, ""),
                arguments(
                        "its node is not there, so no node matches",
                        withoutItsNode(input(ONE_NODE, open, 0)),
                        Reason.NODE_NOT_FOUND,
                        "node a does not exist; the claim is served as soon as it joins"),
                arguments(
                        "the pool does not serve its node",
                        input(ONE_NODE, open, 0),
                        Reason.NO_MATCHING_NODE,
                        "PortPool main does not serve node a: its spec.nodeSelector does not match"),
                arguments(
                        "no node matches",
                        input(EVERY_NODE, open, 0),
                        Reason.NO_MATCHING_NODE,
                        "no node of PortPool main matches the claim"),
                arguments(
                        "too many nodes match",
                        input(EVERY_NODE, open, 101),
                        Reason.TOO_MANY_NODES,
                        "the claim covers 101 nodes, but one with 1 named ports may cover at most 100"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("table")
    void theFirstRuleThatRefusesCounts(
            String what, AdmissionRules.Input input, @Nullable Reason reason, String message) {
        Optional<Refusal> refusal = AdmissionRules.refusal(input);
        assertThat(refusal.map(Refusal::reason)).as(what).isEqualTo(Optional.ofNullable(reason));
        assertThat(refusal.map(Refusal::message).orElse("")).startsWith(message);
    }
}
