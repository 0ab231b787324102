package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.operator.GeneratedPage;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.protocol.Claim;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How much is looked at upon one event, counted in a small cluster and in one of ten times its size. */
class EventCostsTest {
    private static final int SMALL = 100;
    private static final int LARGE = 1_000;

    /** What may happen. */
    private enum Event {
        LABEL(
                "a label of a node that no selector reads",
                Grows.WITH_NOTHING,
                world -> world.node(1, "b", "g1", "2", "")),
        SELECTED(
                "a label of a node that a claim's selector reads",
                Grows.WITH_NOTHING,
                world -> world.node(1, "b", "g2", "1", "")),
        POOL_LABEL(
                "a label of a node that a pool's selector reads",
                Grows.WITH_NOTHING,
                world -> world.node(1, "a", "g1", "1", "")),
        JOIN(
                "a node joins that a claim waits for",
                Grows.WITH_NOTHING,
                world -> world.node(world.size, "b", "new", "1", "")),
        LEAVE("a node leaves", Grows.WITH_NOTHING, World::leave),
        RANGE(
                "a node's ephemeral range changes, claimed numbers stay out of it",
                Grows.WITH_NOTHING,
                world -> world.node(1, "b", "g1", "1", "31000-60999")),
        WIDE_RANGE(
                "a node's ephemeral range takes in a number of each Cluster claim",
                Grows.WITH_CLAIMS,
                world -> world.node(1, "b", "g1", "1", "10000-19999")),
        POD("a pod declares a hostPort that a claim holds on its node", Grows.WITH_NOTHING, world -> world.pod(20_128)),
        STRANGE_POD("a pod declares a hostPort that no pool has", Grows.WITH_NOTHING, world -> world.pod(1_000)),
        RELEASE("a claim's ports are free again, and no claim waits for any", Grows.WITH_NOTHING, World::release),
        POOL("a pool is edited", Grows.WITH_CLAIMS, World::editPool);

        final String what;
        final Grows grows;
        final Consumer<World> happens;

        Event(String what, Grows grows, Consumer<World> happens) {
            this.what = what;
            this.grows = grows;
            this.happens = happens;
        }
    }

    private enum Grows {
        WITH_NOTHING,
        WITH_CLAIMS
    }

    /**
     * What was looked at.
     *
     * @param claims decided on again
     * @param selectors of claims and pools, held against the labels of a node each
     * @param pools of which the status was computed
     * @param nodes of which the own ports were counted for that
     */
    private record Looked(int claims, long selectors, int pools, long nodes) {}

    /** Counts how often it is held against something. */
    private static final class CountedSelector extends LabelSelector {
        private final transient AtomicLong count;

        CountedSelector(LabelSelector selector, AtomicLong count) {
            super(selector.getMatchExpressions(), selector.getMatchLabels());
            this.count = count;
        }

        @Override
        public Map<String, String> getMatchLabels() {
            // The constructor of the superclass may ask too.
            if (count != null) {
                count.incrementAndGet();
            }
            return super.getMatchLabels();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** So many nodes, and so many claims of each form. */
    private static final class World {
        final int size;
        final ServedCluster served = new ServedCluster();
        private final AtomicLong selectors = new AtomicLong();

        World(int size) {
            this.size = size;
            IntStream.range(0, size).forEach(i -> node(i, i % 3 == 0 ? "a" : "b", "g" + i, "1", ""));
            pool("main", "{ranges: [20000-29999], limits: {portsPerClaim: 0}}");
            pool("wide", "{ranges: [10000-19999], limits: {portsPerClaim: 0}}");
            pool("zone", "{ranges: [5000-5999], nodeSelector: {matchLabels: {zone: a}}}");
            for (int i = 0; i < size; i++) {
                claim("named-" + i, "poolName: main, scope: Node, nodeName: n" + i);
                claim("waiting-" + i, "poolName: main, scope: Node, nodeName: n" + (size + i));
                claim(
                        "selected-" + i,
                        "poolName: main, scope: Node, nodeSelector: {matchLabels: {group: g%d}}".formatted(i));
                claim("wide-" + i, "poolName: wide, scope: Cluster");
            }
            served.settle();
            served.pools.all().forEach(served.counted::use);
        }

        void node(int i, String zone, String group, String load, String range) {
            Node node = ServedCluster.node(
                    "n" + i,
                    Map.of("zone", zone, "group", group, "load", load),
                    range.isEmpty() ? Map.of() : Map.of(Nodes.EPHEMERAL_RANGE, range));
            served.cluster.nodes().onAdd(node);
        }

        private void pool(String name, String spec) {
            PortPool pool = ServedCluster.pool(name, spec);
            PortPoolSpec asRead = pool.getSpec();
            if (asRead.nodeSelector() != null) {
                pool.setSpec(new PortPoolSpec(
                        asRead.ranges(),
                        asRead.exclude(),
                        asRead.ephemeralPorts(),
                        asRead.nodePorts(),
                        new CountedSelector(asRead.nodeSelector(), selectors),
                        asRead.strategy(),
                        asRead.staticBand(),
                        asRead.cooldown(),
                        asRead.allowedNamespaces(),
                        asRead.limits()));
            }
            served.pools.onAdd(pool);
        }

        private void claim(String name, String spec) {
            served.claim(name, "{%s, ports: [{name: http}]}".formatted(spec));
            served.claims.computeIfPresent(new ClaimKey("shop", name), (key, claim) -> counted(claim));
        }

        private Claim counted(Claim claim) {
            PortClaimSpec spec = claim.spec();
            return spec.nodeSelector() == null
                    ? claim
                    : new Claim(
                            claim.uid(),
                            claim.key(),
                            claim.version(),
                            claim.generation(),
                            claim.created(),
                            new PortClaimSpec(
                                    spec.poolName(),
                                    spec.scope(),
                                    spec.nodeName(),
                                    new CountedSelector(spec.nodeSelector(), selectors),
                                    spec.allNodes(),
                                    spec.ports(),
                                    spec.configMapName(),
                                    spec.whenFull()),
                            claim.status());
        }

        void leave() {
            served.cluster.nodes().onDelete(ServedCluster.node("n1", Map.of(), Map.of()), false);
        }

        void pod(int hostPort) {
            served.cluster
                    .pods()
                    .onAdd(new PodBuilder()
                            .withNewMetadata()
                            .withName("p")
                            .withNamespace("other")
                            .withUid("uid-p")
                            .endMetadata()
                            .withNewSpec()
                            .withNodeName("n0")
                            .addNewContainer()
                            .addNewPort()
                            .withContainerPort(80)
                            .withHostPort(hostPort)
                            .withProtocol("TCP")
                            .endPort()
                            .endContainer()
                            .endSpec()
                            .build());
        }

        /** The port has cooled already when somebody looks. */
        void release() {
            served.deleteClaim(new ClaimKey("shop", "named-2"));
            served.clock.goOn(Duration.ofMinutes(2));
            served.tick();
            served.poolsConcerned.clear();
            served.clock.goOn(Duration.ofMinutes(2));
        }

        void editPool() {
            pool("wide", "{ranges: [10000-19998], limits: {portsPerClaim: 0}}");
        }

        Looked looked() {
            selectors.set(0);
            long nodes = served.portIndex.nodesCounted();
            served.tick();
            int pools = served.poolsConcerned.size();
            int claims = served.serve();
            return new Looked(claims, selectors.get(), pools, served.portIndex.nodesCounted() - nodes);
        }

        static Looked upon(Event event, int size) {
            World world = new World(size);
            event.happens.accept(world);
            return world.looked();
        }
    }

    @ParameterizedTest
    @EnumSource
    void itCostsAsMuchInALargeCluster(Event event) {
        Looked small = World.upon(event, SMALL);
        Looked large = World.upon(event, LARGE);
        if (event.grows == Grows.WITH_NOTHING) {
            assertThat(large).isEqualTo(small);
        } else {
            assertThat(large.claims).isGreaterThanOrEqualTo(LARGE).isLessThan(LARGE + SMALL);
            assertThat(large.pools).isEqualTo(small.pools);
            if (event != Event.POOL) {
                assertThat(large.nodes).isEqualTo(small.nodes);
            }
        }
    }

    @Test
    void thePageSaysWhatIsCounted() {
        String rows = Arrays.stream(Event.values())
                .map(event -> row(event.what, World.upon(event, SMALL), World.upon(event, LARGE)))
                .collect(Collectors.joining());
        GeneratedPage.check("event-costs.md", BEFORE + rows + AFTER, EventCostsTest.class);
    }

    private static String row(String what, Looked small, Looked large) {
        return "| %s | %s | %s | %s | %s |\n"
                .formatted(
                        what,
                        cell(small.claims, large.claims),
                        cell(small.selectors, large.selectors),
                        cell(small.pools, large.pools),
                        cell(small.nodes, large.nodes));
    }

    private static String cell(long small, long large) {
        return small == large ? String.valueOf(small) : "%,d; %,d".formatted(small, large);
    }

    private static final String BEFORE = """
            # What an event costs

            The operator watches nodes, pools, pods, Services and reports. What it does upon an event follows what the event changes, not
            how many claims and nodes there are. Each change of a node is collected for `--node-change-window`; then

            - the claims are looked up that may be for the node: by its name, by a label that it had or has, or by a pool that it
              came into, left, or is another node to;
            - the claims are looked up that hold ports on the node, where it came, went or uses its own ports in another way;
            - of the claims of scope `Cluster` those are looked up that hold a number which is not usable on the node, and
              those of the node's pools that wait or were reported as not usable.

            Only these are decided again, and only pools of which a node came, went or has other facts get their status
            computed. Pools update their list of nodes by the change, and how many there are of each kind. To say how full a pool is,
            only those of its nodes are counted again on which a port was taken, released, declared or listened on since the pool was
            last counted, and those that came or have other facts; of nodes on which nothing is taken or used, none.

            ## Counted

            A test counts what is looked at in a cluster of 100 nodes and in one of 1,000. There are as many claims as nodes of each
            kind: with the name of a node, with the name of a node that does not exist, with a selector for one node, and of scope
            `Cluster`. There are three pools; one of them has a `nodeSelector`. Where one figure is given, both clusters
            have it; where two are given, the event concerns so many claims.

            | event | claims decided again | selectors held against a node | pool statuses computed | nodes counted for these |
            |---|---|---|---|---|
            """;
    private static final String AFTER = """

            ## What grows

            | work | grows with |
            |---|---|
            | to compute a pool's status, at most once in `--pool-status-interval` where it changes | the nodes whose own ports have changed, and the node profiles of the pool |
            | a number is taken or released everywhere that nodes of the pool take or use too, each by itself | the nodes of the pool, once a status |
            | the first status of a pool after a start, or after it was edited | the pool's nodes |
            | a scrape of the metrics | claims, and for each pool as much as its status |
            | a node comes, goes or has another profile | the node profiles of its pools: nodes that differ in their range, reserved ports or system |
            | to decide on a claim with `allNodes`, or with a selector that only excludes labels | the pool's nodes |
            | the first claim whose selector requires a label that none required before | nodes, once |
            | to decide on a pod of a claim of scope `Pod` | the pool's nodes |
            | a port is free again | the claims that wait for a port, of any pool |
            | a pod or process begins or ceases to use a port of a pool | the claims of the pool that wait for a port |
            | a Service gets a port that a claim holds on a node | the nodes on which anything is held |
            | a pool is edited | the pool's claims, and all nodes once |
            | the labels of a namespace change | the claims that wait for anything about their pool |
            | a node's agent reports | the ports that it reports; the report of a node whose agent is gone, also once when the grace ends |
            | a sweep, once in `--sweep-interval` | claims |
            """;
}
