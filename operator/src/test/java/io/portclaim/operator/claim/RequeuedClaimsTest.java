package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PoolNodes;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.node.NoopClusterListener;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.pool.ServedNodes;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker.TrackedClaim;
import io.portclaim.operator.protocol.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random changes of nodes, pools, pods and claims: after each, what is kept up to date change by change is compared with the same made
 * from nothing, and no claim that the change concerns may be missing among those that are requeued. A claim that is missed is never
 * served.
 */
class RequeuedClaimsTest {
    private static final int STEPS = 120;
    private static final int MOST_CLAIMS = 30;
    private static final List<String> NODES = List.of("n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7");
    private static final List<String> POOLS = List.of("main", "fast", "zone");
    private static final List<String> RANGES = List.of("", "", "", "1005-60999", "1000-1004", "32768-60999");
    private static final List<String> SELECTORS = List.of(
            "matchLabels: {zone: a}",
            "matchLabels: {zone: b, disk: ssd}",
            "matchExpressions: [{key: zone, operator: In, values: [b, c]}]",
            "matchExpressions: [{key: disk, operator: Exists}]",
            "matchExpressions: [{key: zone, operator: NotIn, values: [a]}]",
            "matchExpressions: [{key: disk, operator: DoesNotExist}]");

    private final ServedCluster served = new ServedCluster();
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<String, PortPool> pools = new TreeMap<>();
    private final Map<String, Pod> pods = new TreeMap<>();
    private Random random = new Random(0);
    private long generation;

    static LongStream seeds() {
        return LongStream.range(0, Integer.getInteger("portclaim.histories", 50));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nobodyIsMissed(long seed) {
        random = new Random(seed);
        List.of(0, 1, 2, 3, 4, 5).forEach(i -> changeClaim());
        for (int step = 0; step < STEPS; step++) {
            Rebuilt before = new Rebuilt();
            Map<String, Claim> claims = byUid();
            String event = anything();
            String where = "seed %d, step %d: %s".formatted(seed, step, event);
            served.tick();
            Rebuilt after = new Rebuilt();
            compareNodes(after, where);
            compareTracked(where);
            Set<ClaimKey> changed = claims.values().stream()
                    .filter(claim -> Objects.equals(claim, served.claims.get(claim.key())))
                    .filter(claim -> !before.view(claim).equals(after.view(claim)))
                    .map(Claim::key)
                    .collect(Collectors.toSet());
            assertThat(served.requeued).as(where).containsAll(changed);
            if (event.startsWith("label")) {
                assertThat(served.requeued).as(where).hasSameElementsAs(changed);
            }
            lookAtAll(where);
        }
    }

    private Map<String, Claim> byUid() {
        return served.claims.values().stream().collect(Collectors.toMap(Claim::uid, claim -> claim));
    }

    /** Once all that is requeued is served, looking at every claim changes nothing. */
    private void lookAtAll(String where) {
        served.settle();
        Map<ClaimKey, Object> statuses = statuses();
        served.requeued.addAll(served.claims.keySet());
        served.serve();
        statuses()
                .forEach((key, now) ->
                        assertThat(now).as("%s, claim %s", where, key).isEqualTo(statuses.get(key)));
        served.settle();
    }

    private Map<ClaimKey, Object> statuses() {
        return served.claims.values().stream()
                .collect(Collectors.toMap(Claim::key, claim -> said(claim.key(), claim.status())));
    }

    /** Without messages: who waits is not requeued to count again how many of its ports others have. */
    private Object said(ClaimKey key, @Nullable PortClaimStatus status) {
        return Arrays.asList(
                status == null ? null : status.phase(),
                status == null ? null : status.poolName(),
                status == null ? null : status.nodesDesired(),
                served.held(served.claims.get(key)),
                status == null || status.conditions() == null
                        ? List.of()
                        : status.conditions().stream()
                                .map(condition -> List.of(condition.type(), condition.status(), condition.reason()))
                                .toList());
    }

    private String anything() {
        return switch (random.nextInt(10)) {
            case 0, 1 -> changeNode();
            case 2, 3 -> changeLabel();
            case 4 -> changePool();
            case 5, 6 -> changeClaim();
            case 7 -> deleteClaim();
            case 8 -> changePod();
            default -> passTime();
        };
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String changeNode() {
        String name = any(NODES);
        if (random.nextInt(4) == 0) {
            @Nullable Node gone = nodes.remove(name);
            if (gone != null) {
                served.cluster.nodes().onDelete(gone, false);
            }
            return "node %s goes".formatted(name);
        }
        Map<String, String> labels = new HashMap<>();
        labels.put("zone", any(List.of("a", "b", "c")));
        if (random.nextBoolean()) {
            labels.put("disk", any(List.of("ssd", "hdd")));
        }
        String range = any(RANGES);
        return put(ServedCluster.node(name, labels, range.isEmpty() ? Map.of() : Map.of(Nodes.EPHEMERAL_RANGE, range)));
    }

    private String put(Node node) {
        String name = node.getMetadata().getName();
        nodes.put(name, node);
        served.cluster.nodes().onAdd(node);
        return "node %s has %s %s"
                .formatted(
                        name, node.getMetadata().getLabels(), node.getMetadata().getAnnotations());
    }

    /** A label of a node that no pool's selector reads, so that it is the same node to each of its pools. */
    private String changeLabel() {
        if (nodes.isEmpty()) {
            return changeNode();
        }
        Node known = any(List.copyOf(nodes.values()));
        Map<String, String> labels = new HashMap<>(known.getMetadata().getLabels());
        labels.put("gpu", any(List.of("none", "one", "two")));
        labels.put("load", String.valueOf(random.nextInt(100)));
        return "label: "
                + put(ServedCluster.node(
                        known.getMetadata().getName(),
                        labels,
                        known.getMetadata().getAnnotations()));
    }

    private String changePool() {
        String name = any(POOLS);
        if (random.nextInt(6) == 0) {
            @Nullable PortPool gone = pools.remove(name);
            if (gone != null) {
                served.pools.onDelete(gone, false);
            }
            return "pool %s goes".formatted(name);
        }
        String selector = random.nextBoolean() ? "" : ", nodeSelector: {%s}".formatted(any(SELECTORS));
        String spec = "{ranges: [%s], staticBand: 0, nodePorts: {policy: Ignore}, cooldown: {tcp: 60s}%s}"
                .formatted(any(List.of("1000-1009", "1003-1006", "1008-1019")), selector);
        PortPool pool = ServedCluster.pool(name, spec);
        pool.getMetadata().setGeneration(++generation);
        if (random.nextInt(3) == 0) {
            pool.getMetadata().setAnnotations(Map.of("portclaim.io/is-default-pool", "true"));
        }
        pools.put(name, pool);
        served.pools.onAdd(pool);
        return "pool %s is %s".formatted(name, spec);
    }

    private String changeClaim() {
        if (served.claims.size() > MOST_CLAIMS) {
            return deleteClaim();
        }
        String name = "c" + random.nextInt(40);
        @Nullable Claim known = served.claims.get(new ClaimKey("shop", name));
        String form = known == null ? form() : "";
        if (known != null) {
            // Which form it is, and the pool, can't be changed.
            if (known.spec().nodeSelector() == null) {
                return "nothing";
            }
            String pool = known.spec().poolName() == null
                    ? ""
                    : "poolName: %s, ".formatted(known.spec().poolName());
            form = "%sscope: Node, nodeSelector: {%s}".formatted(pool, claimSelector());
        }
        String port = random.nextInt(3) == 0 ? ", port: %d".formatted(1000 + random.nextInt(12)) : "";
        String spec = "{%s, ports: [{name: http%s}]}".formatted(form, port);
        served.claim(name, spec);
        return "claim %s is %s".formatted(name, spec);
    }

    private String form() {
        String pool = any(POOLS);
        return "poolName: %s, scope: %s"
                .formatted(
                        pool,
                        switch (random.nextInt(6)) {
                            case 0, 1 -> "Node, nodeName: " + any(NODES);
                            case 2, 3 -> "Node, nodeSelector: {%s}".formatted(claimSelector());
                            case 4 -> "Node, allNodes: true";
                            default -> "Cluster";
                        });
    }

    private String claimSelector() {
        List<String> more = new ArrayList<>(SELECTORS);
        more.add("matchLabels: {gpu: one}");
        more.add("matchLabels: {gpu: two, zone: a}");
        more.add("matchExpressions: [{key: gpu, operator: NotIn, values: [one]}]");
        more.add("matchExpressions: [{key: gpu, operator: In, values: [one, two]}, {key: zone, operator: Exists}]");
        return any(more);
    }

    private String deleteClaim() {
        if (served.claims.isEmpty()) {
            return changeClaim();
        }
        ClaimKey key = any(List.copyOf(served.claims.keySet()));
        served.deleteClaim(key);
        return "claim %s goes".formatted(key);
    }

    private String changePod() {
        String name = "p" + random.nextInt(4);
        @Nullable Pod gone = pods.remove(name);
        if (gone != null) {
            served.cluster.pods().onDelete(gone, false);
            return "pod %s ends".formatted(name);
        }
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("other")
                .withUid("uid-" + name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(any(NODES))
                .addNewContainer()
                .addNewPort()
                .withContainerPort(80)
                .withHostPort(1000 + random.nextInt(20))
                .withProtocol("TCP")
                .endPort()
                .endContainer()
                .endSpec()
                .build();
        pods.put(name, pod);
        served.cluster.pods().onAdd(pod);
        return "pod %s declares %s".formatted(name, pod.getSpec());
    }

    private String passTime() {
        served.clock.goOn(Duration.ofSeconds(any(Arrays.asList(1, 61, 601))));
        return "time passes";
    }

    private void compareNodes(Rebuilt rebuilt, String where) {
        for (Pool pool : served.pools.all()) {
            ServedNodes kept = served.pools.nodesOf(pool);
            ServedNodes made =
                    rebuilt.pools.nodesOf(rebuilt.pools.get(pool.name()).orElseThrow());
            assertThat(kept.nodes()).as(where).isEqualTo(made.nodes());
            assertThat(kept.profiles()).as(where).isEqualTo(made.profiles());
            assertThat(kept.size()).as(where).isEqualTo(made.nodes().size());
            assertThat(kept.facts().kinds().kinds())
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(made.facts().kinds().kinds());
            assertThat(served.counted.use(pool))
                    .as(where)
                    .usingRecursiveComparison()
                    .ignoringFields("claims")
                    .isEqualTo(served.portIndex.use(
                            new PoolRules("edited", pool.rules().spec()),
                            PoolNodes.of(kept.nodes().values().stream()
                                    .map(Nodes.KnownNode::facts)
                                    .toList())));
        }
    }

    private void compareTracked(String where) {
        List<TrackedClaim> all = served.tracker.all();
        for (Trigger trigger : Trigger.values()) {
            assertThat(served.tracker.waitingFor(trigger))
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(all.stream()
                            .filter(claim -> mayWaitFor(claim, trigger))
                            .toList());
        }
        for (String pool : POOLS) {
            assertThat(served.tracker.ofPool(pool))
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(all.stream()
                            .filter(claim -> pool.equals(claim.pool()))
                            .toList());
            assertThat(served.tracker.onEveryNode(Set.of(pool)))
                    .as(where)
                    .containsExactlyInAnyOrderElementsOf(all.stream()
                            .filter(claim -> pool.equals(claim.pool()) && !claim.isNodeScope())
                            .filter(claim -> mayWaitFor(claim, Trigger.NODES) || claim.unusable() != null)
                            .toList());
        }
    }

    /** Whether it waits for what {@code trigger} stands for, or might turn out to. */
    private static boolean mayWaitFor(TrackedClaim claim, Trigger trigger) {
        return claim.isLookedAt() || claim.triggers().contains(trigger);
    }

    /** The nodes and pools as a process would know them that has just started, and what it would find out of a claim. */
    private final class Rebuilt {
        final ClusterView cluster = new ClusterView(
                ServedCluster.nothing(KubernetesClient.class),
                served.foreign,
                served.listeners,
                new NoopClusterListener(),
                served.clock,
                ServedCluster.GRACE);
        final Pools pools = new Pools(cluster.nodes(), Duration.ZERO, name -> {});
        private final Admission admission =
                new Admission(pools, cluster, ServedCluster.MOST_NODES, namespace -> true, new ClaimsByNode());
        private final Usability usability = new Usability(
                pools,
                cluster,
                served.foreign,
                served.listeners,
                new UnexplainedListeners(served.clock),
                served.tracker);
        private final Map<String, Object> views = new HashMap<>();

        Rebuilt() {
            nodes.values().forEach(cluster.nodes()::onAdd);
            RequeuedClaimsTest.this.pools.values().forEach(pools::onAdd);
            served.claims.values().forEach(claim -> views.put(claim.uid(), look(claim)));
        }

        Object view(Claim claim) {
            return Objects.requireNonNull(views.get(claim.uid()));
        }

        private Object look(Claim claim) {
            Admitter.Admitted admitted = admission.admit(claim, claim.poolName());
            boolean isSettled = claim.isClusterWide()
                    && served.tracker
                            .get(claim.uid())
                            .filter(tracked -> tracked.waitsFor() == null && !tracked.isLookedAt())
                            .isPresent();
            Set<String> absent = new HashSet<>(served.held(claim).places());
            absent.removeIf(place -> place.equals("*") || cluster.nodes().exists(place));
            return Arrays.asList(
                    admitted.poolName(),
                    admitted.nodes(),
                    admitted.refusal(),
                    // What holds all that it asks for is not moved, whatever there is now.
                    isSettled || admitted.request() == null
                            ? null
                            : admitted.request().targets(),
                    usability.problem(claim, admitted.poolName(), served.held(claim)),
                    absent);
        }
    }
}
