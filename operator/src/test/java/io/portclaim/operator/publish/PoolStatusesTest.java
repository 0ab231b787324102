package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.ports.PortSet;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PoolStatusesTest {
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");
    private static final PoolUse USE = new PoolUse(16_000, 10, 3, 15_987, 4, "node-a", 7_990, 8_000, 7_900);
    private static final NodeFacts NODE_A = node("node-a");
    private static final NodeFacts NODE_B = node("node-b");

    private static NodeFacts node(String name) {
        return new NodeFacts(name, null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);
    }

    private static NodeFacts annotated(String name, String ephemeral, String reserved) {
        return new NodeFacts(
                name, PortSet.parse(ephemeral), PortSet.parse(reserved), false, NodeFacts.Source.ANNOTATED);
    }

    private static PoolRules rules(String ranges, String exclude, boolean excludeEphemeral) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .exclude(PortSet.parse(exclude))
                        .excludeEphemeral(excludeEphemeral)
                        .staticBand(0)
                        .build());
    }

    private static PortPoolStatus status(PoolRules rules, @Nullable String invalid, PoolUse use, NodeFacts... nodes) {
        return PoolStatuses.status(CountedNodes.facts(5, rules, invalid, List.of(nodes), use), null, NOW);
    }

    private static List<String> conditions(PortPoolStatus status) {
        return Objects.requireNonNull(status.conditions()).stream()
                .map(condition -> "%s=%s %s: %s"
                        .formatted(condition.type(), condition.status(), condition.reason(), condition.message()))
                .toList();
    }

    @Test
    void aPoolThatServes() {
        PortPoolStatus status = status(rules("21000-28999", "22623-22625", true), null, USE, NODE_A, NODE_B);

        assertThat(status.observedGeneration()).isEqualTo(5);
        assertThat(status.nodes()).isEqualTo(2);
        assertThat(status.slots()).isEqualTo(new PortPoolStatus.Slots(16_000L, 10L, 3L, 15_987L));
        assertThat(status.tightestNode()).isEqualTo(new PortPoolStatus.TightestNode("node-a", 7_990));
        assertThat(status.clusterNumbers()).isEqualTo(new PortPoolStatus.ClusterNumbers(8_000, 7_900));
        assertThat(status.claims()).isEqualTo(4);
        assertThat(conditions(status))
                .containsExactly(
                        "Ready=True Serving: assigns 21000-22622,22626-28999 on 2 nodes",
                        "RangeOverlapsEphemeral=False NoOverlap: no port of the pool lies in a node's ephemeral range",
                        "Exhausted=False PortsAvailable: every node has free ports, and some are free on all nodes at"
                                + " once",
                        "NodesUnreadable=False NodesReadable: all annotations and reports of the nodes can be read");
        assertThat(Objects.requireNonNull(status.conditions()))
                .allSatisfy(
                        condition -> assertThat(condition.observedGeneration()).isEqualTo(5));
    }

    @Test
    void nodesAreCountedByWhereTheirRangeIsKnownFrom() {
        NodeFacts reported =
                new NodeFacts("node-r", PortSet.parse("21000-30000"), PortSet.EMPTY, false, NodeFacts.Source.REPORTED);
        PortPoolStatus status = status(
                rules("21000", "", true), null, USE, NODE_A, reported, annotated("node-t", "21000-30000", ""), NODE_B);

        assertThat(status.nodeFacts()).isEqualTo(new PortPoolStatus.NodeFacts(1, 1, 2, 0));
        assertThat(conditions(status).get(1))
                .contains(
                        "1 port (21000) on 1 Linux node, node-r, with the ephemeral range 21000-30000 (reported by its agent)",
                        "node-t, with the ephemeral range 21000-30000 (from its annotation)");
    }

    private static Unreadable unreadable(String why) {
        return new Unreadable(Unreadable.Fact.EPHEMERAL_RANGE, why);
    }

    @Test
    void nodesThatCantBeReadAreNamedWithTheirTextAndWhatFollows() {
        NodeFacts unknown = NodeFacts.unknown("node-u", false, List.of(unreadable("its annotation says \"x\"")));
        NodeFacts last = new NodeFacts(
                "node-l",
                PortSet.parse("15000-60999"),
                PortSet.EMPTY,
                false,
                NodeFacts.Source.ANNOTATED,
                List.of(unreadable("its annotation says \"y\"")));
        PoolUse use = new PoolUse(0, 0, 0, 0, 0, "node-u", 0, 0, 0);
        PortPoolStatus status = status(rules("21000-21009", "", true), null, use, NODE_A, unknown, last);

        assertThat(status.nodeFacts()).isEqualTo(new PortPoolStatus.NodeFacts(0, 1, 1, 1));
        assertThat(conditions(status))
                .contains(
                        "NodesUnreadable=True NodeUnreadable: node node-l: its annotation says \"y\"; the last"
                                + " readable range is used: 15000-60999; node node-u: its annotation says \"x\";"
                                + " none of its ports is assigned until it can be read",
                        "Exhausted=True NodeFull: node node-u: its annotation says \"x\"; none of its ports is"
                                + " assigned until it can be read");
        assertThat(conditions(status).get(1)).contains("node-l").doesNotContain("node-u");
        assertThat(conditions(status(rules("21000-21009", "", true), null, use, unknown))
                        .get(0))
                .isEqualTo("Ready=False NoUsablePorts: node node-u: its annotation says \"x\"; none of its ports is"
                        + " assigned until it can be read");
        assertThat(conditions(status(rules("21000-21009", "", false), null, USE, unknown)))
                .anySatisfy(condition -> assertThat(condition)
                        .startsWith("NodesUnreadable=True")
                        .endsWith("; ephemeralPorts.policy is Ignore, so this does not affect this pool"));
    }

    @Test
    void manyNodesThatCantBeReadAreCounted() {
        NodeFacts[] nodes = IntStream.range(0, 5)
                .mapToObj(i -> NodeFacts.unknown("n" + i, false, List.of(unreadable("says x"))))
                .toArray(NodeFacts[]::new);
        assertThat(conditions(status(rules("21000-21009", "", true), null, USE, nodes)))
                .anySatisfy(condition -> assertThat(condition)
                        .startsWith("NodesUnreadable=True")
                        .contains("node n2: says x")
                        .doesNotContain("n3")
                        .endsWith("; and others on 2 nodes"));
    }

    @Test
    void aPoolThatCannotBeFollowed() {
        assertThat(conditions(status(rules("21000", "", true), "spec.cooldown.tcp is 1s", USE, NODE_A)))
                .containsExactly(
                        "Ready=False PoolInvalid: spec.cooldown.tcp is 1s",
                        "RangeOverlapsEphemeral=Unknown PoolInvalid: spec.cooldown.tcp is 1s",
                        "Exhausted=Unknown PoolInvalid: spec.cooldown.tcp is 1s",
                        "NodesUnreadable=Unknown PoolInvalid: spec.cooldown.tcp is 1s",
                        "Stalled=True PoolInvalid: spec.cooldown.tcp is 1s");
    }

    @Test
    void aPoolWithoutNodes() {
        PortPoolStatus status = status(rules("21000", "", true), null, new PoolUse(0, 0, 0, 0, 0, null, 0, 1, 1));

        assertThat(status.nodes()).isZero();
        assertThat(status.tightestNode()).isNull();
        assertThat(conditions(status))
                .containsExactly(
                        "Ready=False NoNodes: no node matches spec.nodeSelector; label a node so that it matches",
                        "RangeOverlapsEphemeral=Unknown NoNodes: no node matches spec.nodeSelector; label a node so that it matches",
                        "Exhausted=Unknown NoNodes: no node matches spec.nodeSelector; label a node so that it"
                                + " matches",
                        "NodesUnreadable=Unknown NoNodes: no node matches spec.nodeSelector; label a node so that it matches");
    }

    @Test
    void aPoolWhosePortsAreAllExcluded() {
        assertThat(conditions(status(rules("21000-21009,30000", "21000-21009", true), null, USE, NODE_A)))
                .startsWith("Ready=False NoUsablePorts: spec.exclude and the NodePort range leave no port of"
                        + " spec.ranges; widen spec.ranges");
    }

    @Test
    void aPoolWhosePortsAllLieInEphemeralRanges() {
        assertThat(conditions(status(rules("40000-40099", "", true), null, USE, NODE_A)))
                .startsWith("Ready=False NoUsablePorts: all ports of spec.ranges (40000-40099) lie in the nodes'"
                        + " ephemeral ranges; choose ranges outside them, such as 21000-28999");
    }

    @Test
    void anOverlapIsReportedByKindOfNode() {
        NodeFacts windows = new NodeFacts("win-1", null, PortSet.EMPTY, true, NodeFacts.Source.ASSUMED);
        PortPoolStatus status = status(
                rules("28000-28999,32768-33767,50000", "", true),
                null,
                USE,
                annotated("node-c", "28900-40000", "28900-28949"),
                NODE_B,
                windows,
                NODE_A);

        assertThat(conditions(status))
                .contains("RangeOverlapsEphemeral=True RangesOverlap: not assigned, because the kernel may use them for"
                        + " outgoing connections: 1001 ports (32768-33767,50000) on 2 Linux nodes, such as"
                        + " node-a, with the ephemeral range 32768-60999 (assumed); 1050 ports"
                        + " (28950-28999,32768-33767) on 1 Linux node, node-c, with the ephemeral range"
                        + " 28900-40000 (from its annotation); 1 port (50000) on 1 Windows node, win-1,"
                        + " with the ephemeral range 49152-65535 (assumed); choose spec.ranges outside"
                        + " these ranges, or reserve the ports on the nodes with"
                        + " net.ipv4.ip_local_reserved_ports");
    }

    @Test
    void portsThatAreReservedDoNotOverlap() {
        assertThat(conditions(status(
                        rules("40000-40009", "", true), null, USE, annotated("node-a", "32768-60999", "40000-40009"))))
                .contains(
                        "RangeOverlapsEphemeral=False NoOverlap: no port of the pool lies in a node's ephemeral range");
    }

    @Test
    void anOverlapOfManyKindsAndScatteredPortsStaysReadable() {
        String odd = IntStream.range(0, 2_000)
                .mapToObj(i -> Integer.toString(40_001 + 2 * i))
                .collect(Collectors.joining(","));
        NodeFacts[] nodes = IntStream.range(0, 6)
                .mapToObj(i -> annotated("node-" + i, "32768-6000" + i, odd))
                .toArray(NodeFacts[]::new);

        assertThat(conditions(status(rules("40000-43999", "", true), null, USE, nodes))
                        .get(1))
                .contains("2000 ports (40000,40002,40004,40006,40008,40010,40012,40014,…) on 1 Linux node, node-0,")
                .contains("; and others on 3 nodes; choose spec.ranges outside these ranges")
                .hasSizeLessThan(1000);
    }

    @Test
    void ignoringIsSaidLoudly() {
        assertThat(conditions(status(rules("40000-40009", "", false), null, USE, NODE_A)))
                .contains("RangeOverlapsEphemeral=Unknown Ignored: ephemeralPorts.policy is Ignore, so ports may be"
                        + " assigned that the kernel uses for outgoing connections, and then a pod cannot"
                        + " listen on them (address already in use): 10 ports (40000-40009) on 1 Linux"
                        + " node, node-a, with the ephemeral range 32768-60999 (assumed); set the policy to"
                        + " Exclude, or choose spec.ranges outside these ranges");
        assertThat(conditions(status(rules("21000-21009", "", false), null, USE, NODE_A)))
                .contains(
                        "RangeOverlapsEphemeral=Unknown Ignored: ephemeralPorts.policy is Ignore; at present no port of"
                                + " the pool lies in a node's ephemeral range");
    }

    @Test
    void aFullNodeIsNamed() {
        PoolRules rules = rules("21000-21009", "", true);

        assertThat(conditions(status(rules, null, new PoolUse(20, 10, 5, 5, 4, "node-b", 0, 10, 0), NODE_A, NODE_B)))
                .contains("Exhausted=True NodeFull: no port is free on node node-b; 5 are cooling over all nodes and"
                        + " become free by themselves; delete claims, or widen spec.ranges");
        assertThat(conditions(status(rules, null, new PoolUse(20, 10, 0, 10, 4, "node-b", 0, 10, 0), NODE_A, NODE_B)))
                .contains(
                        "Exhausted=True NodeFull: no port is free on node node-b; delete claims, or widen spec.ranges");
    }

    @Test
    void noNumberThatIsFreeOnAllNodesIsExhaustionToo() {
        PoolRules rules = rules("21000-21009", "", true);

        assertThat(conditions(status(rules, null, new PoolUse(20, 10, 5, 5, 4, "node-b", 3, 9, 0), NODE_A, NODE_B)))
                .contains(
                        "Exhausted=True NoClusterNumbers: every node has free ports, but none of the 9 ports that all nodes"
                                + " share is free on all of them at once, so claims of scope Cluster wait; delete claims,"
                                + " or widen spec.ranges");
        assertThat(conditions(status(rules, null, new PoolUse(20, 10, 5, 5, 4, "node-b", 3, 0, 0), NODE_A, NODE_B)))
                .contains("Exhausted=True NoClusterNumbers: every node has free ports, but no port is usable on all"
                        + " nodes at once, so claims of scope Cluster wait; choose spec.ranges outside the"
                        + " ephemeral ranges of all nodes, or limit spec.nodeSelector to nodes that are"
                        + " alike");
        assertThat(conditions(status(rules, null, new PoolUse(20, 10, 5, 5, 4, "node-b", 3, 9, 1), NODE_A, NODE_B)))
                .contains("Exhausted=False PortsAvailable: every node has free ports, and some are free on all nodes at"
                        + " once");
    }

    @Test
    void equalFactsGiveAnEqualStatusWheneverItIsMade() {
        PoolFacts facts = CountedNodes.facts(5, rules("21000-28999", "", true), null, List.of(NODE_A, NODE_B), USE);
        PortPoolStatus first = PoolStatuses.status(facts, null, NOW);

        assertThat(PoolStatuses.status(
                        CountedNodes.facts(5, facts.rules(), null, List.of(NODE_B, NODE_A), USE),
                        first,
                        NOW.plusSeconds(9)))
                .isEqualTo(first);
    }
}
