package io.portclaim.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.node.Nodes;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolsTest {
    private static final String DEFAULT = "annotations: {portclaim.io/is-default-pool: 'true'}";

    private final Nodes nodes = new Nodes(new SetClock(), change -> {});
    private final List<String> changed = new ArrayList<>();
    private final Pools pools = new Pools(nodes, Duration.ofSeconds(65), changed::add);

    private static PortPool pool(String name, String created, String metadata, String spec) {
        PortPool pool = PoolReaderTest.pool(metadata, spec);
        pool.getMetadata().setName(name);
        pool.getMetadata().setUid("uid-" + name);
        pool.getMetadata().setCreationTimestamp(created);
        return pool;
    }

    private static PortPool pool(String name, String spec) {
        return pool(name, "2026-01-01T00:00:00Z", "", spec);
    }

    private void node(String name, Map<String, String> labels, Map<String, String> annotations) {
        nodes.onAdd(new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .build());
    }

    @Test
    void ofSeveralDefaultPoolsTheNewestWinsThenTheFirstByName() {
        assertThat(pools.defaultPool()).isEmpty();
        pools.onAdd(pool("plain", "2026-01-09T00:00:00Z", "", "{ranges: [1-2]}"));
        assertThat(pools.defaultPool()).isEmpty();
        pools.onAdd(pool("old", "2026-01-01T00:00:00Z", DEFAULT, "{ranges: [1-2]}"));
        pools.onAdd(pool("b", "2026-01-02T00:00:00Z", DEFAULT, "{ranges: [1-2]}"));
        pools.onAdd(pool("a", "2026-01-02T00:00:00Z", DEFAULT, "{ranges: [1-2]}"));

        assertThat(pools.defaultPool().orElseThrow().name()).isEqualTo("a");
        pools.onDelete(pool("a", "{ranges: [1-2]}"), false);
        assertThat(pools.defaultPool().orElseThrow().name()).isEqualTo("b");
        assertThat(pools.all()).hasSize(3);
    }

    @Test
    void anEditIsReadAndAnnounced() {
        PortPool before = pool("games", "{ranges: [1000-1001]}");
        pools.onAdd(before);
        PortPool after = pool("games", "{ranges: [2000-2001]}");
        after.getMetadata().setGeneration(2L);

        pools.onUpdate(before, after);

        assertThat(pools.get("games").orElseThrow().rules().base().contains(2000))
                .isTrue();
        assertThat(changed).containsExactly("games", "games");
    }

    @Test
    void aWrittenStatusRequeuesNobody() {
        PortPool before = pool("games", "{ranges: [1000-1001]}");
        pools.onAdd(before);
        Pool known = pools.get("games").orElseThrow();
        PortPool after = pool("games", "{ranges: [1000-1001]}");
        after.getMetadata().setResourceVersion("9");

        pools.onUpdate(before, after);

        assertThat(changed).hasSize(1);
        assertThat(pools.get("games").orElseThrow()).isSameAs(known);
    }

    @Test
    void becomingOrCeasingToBeTheDefaultIsAnnouncedThoughTheGenerationStays() {
        PortPool plain = pool("games", "{ranges: [1000-1001]}");
        PortPool marked = pool("games", "2026-01-01T00:00:00Z", DEFAULT, "{ranges: [1000-1001]}");
        pools.onAdd(plain);

        pools.onUpdate(plain, marked);
        assertThat(pools.defaultPool()).isPresent();
        pools.onUpdate(marked, plain);
        assertThat(pools.defaultPool()).isEmpty();

        assertThat(changed).hasSize(3);
    }

    @Test
    void anotherPoolOfTheNameIsReadThoughItsGenerationIsTheSame() {
        PortPool before = pool("games", "{ranges: [1000-1001]}");
        pools.onAdd(before);
        PortPool again = pool("games", "{ranges: [2000-2001]}");
        again.getMetadata().setUid("another");

        pools.onUpdate(before, again);

        assertThat(pools.get("games").orElseThrow().rules().base().contains(2000))
                .isTrue();
        assertThat(changed).hasSize(2);
    }

    @Test
    void aDeletedPoolIsGoneAndAnnounced() {
        pools.onAdd(pool("games", "{ranges: [1000-1001]}"));
        pools.onDelete(pool("games", "{ranges: [1000-1001]}"), true);

        assertThat(pools.get("games")).isEmpty();
        assertThat(pools.all()).isEmpty();
        assertThat(changed).containsExactly("games", "games");
    }

    @Test
    void servesTheNodesThatItsSelectorSelectsAndSelectsAgainOnlyAfterAChange() {
        node("a", Map.of("pool", "games"), Map.of());
        node("b", Map.of(), Map.of());
        PortPool selecting = pool("games", "{ranges: [1000-1001], nodeSelector: {matchLabels: {pool: games}}}");
        pools.onAdd(selecting);
        Pool pool = pools.get("games").orElseThrow();

        ServedNodes served = pools.nodesOf(pool);
        assertThat(served.nodes()).containsOnlyKeys("a");
        assertThat(pools.nodesOf(pool)).isSameAs(served);

        node("b", Map.of("pool", "games"), Map.of());
        assertThat(pools.nodesOf(pool).nodes()).containsOnlyKeys("a", "b");

        node("c", Map.of(), Map.of());
        PortPool all = pool("games", "{ranges: [1000-1001]}");
        all.getMetadata().setGeneration(2L);
        pools.onUpdate(selecting, all);
        assertThat(pools.nodesOf(pools.get("games").orElseThrow()).nodes()).containsOnlyKeys("a", "b", "c");
    }

    @Test
    void oneNodeOfEachProfileStandsForAll() {
        for (int i = 0; i < 20; i++) {
            node("plain-" + i, Map.of("n", "" + i), Map.of());
            node("annotated-" + i, Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000"));
            node("windows-" + i, Map.of("kubernetes.io/os", "windows"), Map.of());
            node("reserving-" + i, Map.of(), Map.of(Nodes.RESERVED_PORTS, "40000"));
        }
        pools.onAdd(pool("games", "{ranges: [1000-1001]}"));

        ServedNodes served = pools.nodesOf(pools.get("games").orElseThrow());

        assertThat(served.nodes()).hasSize(80);
        assertThat(served.profiles())
                .hasSize(4)
                .extracting(NodeFacts::windows)
                .containsExactlyInAnyOrder(true, false, false, false);
    }

    @Test
    void theFirstNodeOfAProfileStandsForItWhoeverComesAndGoes() {
        pools.onAdd(pool("games", "{ranges: [1000-1001], nodeSelector: {matchLabels: {pool: games}}}"));
        ServedNodes served = pools.nodesOf(pools.get("games").orElseThrow());
        node("b", Map.of("pool", "games"), Map.of());
        node("c", Map.of("pool", "games"), Map.of(Nodes.EPHEMERAL_RANGE, "1024-65535"));
        assertThat(served.profiles()).extracting(NodeFacts::name).containsExactly("b", "c");

        node("a", Map.of("pool", "games"), Map.of());
        assertThat(served.profiles()).extracting(NodeFacts::name).containsExactly("a", "c");
        node("a", Map.of("pool", "games"), Map.of(Nodes.EPHEMERAL_RANGE, "1024-65535"));
        assertThat(served.profiles())
                .as("of another profile, whose first it is")
                .extracting(NodeFacts::name)
                .containsExactly("a", "b");
        node("a", Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "1024-65535"));
        assertThat(served.profiles())
                .as("it leaves the pool")
                .extracting(NodeFacts::name)
                .containsExactly("b", "c");
        nodes.onDelete(nodeNamed("b"), false);
        assertThat(served.profiles())
                .as("the last of its profile")
                .extracting(NodeFacts::name)
                .containsExactly("c");
        assertThat(served.size()).isEqualTo(1);
        assertThat(served.nodes()).containsOnlyKeys("c");
    }

    @Test
    void whoHasAnEarlierVersionOfThePoolGetsTheNodesThatItWouldServe() {
        node("a", Map.of("pool", "games"), Map.of());
        node("b", Map.of(), Map.of());
        PortPool selecting = pool("games", "{ranges: [1000-1001], nodeSelector: {matchLabels: {pool: games}}}");
        pools.onAdd(selecting);
        Pool earlier = pools.get("games").orElseThrow();
        PortPool all = pool("games", "{ranges: [1000-1001]}");
        all.getMetadata().setGeneration(2L);
        pools.onUpdate(selecting, all);

        assertThat(pools.nodesOf(earlier).nodes()).containsOnlyKeys("a");
        assertThat(pools.nodesOf(pools.get("games").orElseThrow()).nodes()).containsOnlyKeys("a", "b");
    }

    private static Node nodeNamed(String name) {
        return new NodeBuilder().withNewMetadata().withName(name).endMetadata().build();
    }

    @Test
    void portsCoolAsTheirPoolSaysAlsoOnceItIsGone() {
        pools.onAdd(pool("games", "{ranges: [1000-1001], cooldown: {tcp: 10m}}"));
        PortGrant tcp = new PortGrant("x", TransportProtocol.TCP, 1000, 1);
        PortGrant both = new PortGrant("x", TransportProtocol.TCPUDP, 1000, 1);

        assertThat(pools.of("games", tcp)).isEqualTo(Duration.ofMinutes(10));
        assertThat(pools.of("games", both)).isEqualTo(Duration.ofMinutes(10));
        pools.onDelete(pool("games", "{ranges: [1000-1001]}"), false);
        assertThat(pools.of("games", tcp)).isEqualTo(Duration.ofMinutes(2));
        assertThat(pools.of("games", both)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void portsOfAnUnknownPoolCoolAsLongAsInAnyThatHasThem() {
        pools.onAdd(pool("games", "{ranges: [1000-1009], cooldown: {tcp: 10m, udp: 70s, sctp: 70s}}"));
        pools.onAdd(pool("wide", "{ranges: [1000-1999], cooldown: {tcp: 70s, udp: 20m, sctp: 70s}}"));
        pools.onAdd(pool("others", "{ranges: [3000-3999], cooldown: {tcp: 1h, udp: 1h, sctp: 1h}}"));

        assertThat(pools.of("", tcp(1000, 1))).isEqualTo(Duration.ofMinutes(10));
        assertThat(pools.of("gone", tcp(1000, 1))).isEqualTo(Duration.ofMinutes(10));
        assertThat(pools.of("", tcp(1010, 1))).as("of one pool only").isEqualTo(Duration.ofSeconds(70));
        assertThat(pools.of("", tcp(1009, 3)))
                .as("a block of which one number is")
                .isEqualTo(Duration.ofMinutes(10));
        assertThat(pools.of("", new PortGrant("x", TransportProtocol.TCPUDP, 1000, 1)))
                .as("of either protocol")
                .isEqualTo(Duration.ofMinutes(20));
        assertThat(pools.of("", tcp(2500, 1))).as("of none").isEqualTo(Duration.ofMinutes(2));
        assertThat(pools.of("wide", tcp(1000, 1))).as("a known one's own").isEqualTo(Duration.ofSeconds(70));
    }

    private static PortGrant tcp(int port, int count) {
        return new PortGrant("x", TransportProtocol.TCP, port, count);
    }
}
