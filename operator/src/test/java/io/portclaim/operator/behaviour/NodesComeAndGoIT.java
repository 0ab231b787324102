package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of a claim over nodes when nodes join, go, come back and change their labels. */
@ExtendWith(LocalCluster.class)
class NodesComeAndGoIT {
    /** Long enough that a test sees what is so before it is over. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(
                cluster, "--node-grace=" + GRACE.toSeconds() + "s", "--node-change-window=1s");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static ClaimProbe claimOverRow(String row, String range) {
        fixture.pool(
                row,
                "{ranges: [%s], staticBand: 0, nodeSelector: {matchLabels: {row: %s}}, cooldown: {tcp: 1s}}"
                        .formatted(range, row));
        return fixture.claim(row, "{poolName: %s, scope: Node, allNodes: true, ports: [{name: http}]}".formatted(row));
    }

    @Test
    void aNodeThatJoinsGetsTheSameNumber() {
        fixture.node("join-a", "{labels: {row: join}}");
        ClaimProbe claim = claimOverRow("join", "21000-21009");
        assertThat(claim.ports()).isEqualTo("http=21000");
        fixture.node("join-b", "{labels: {row: join}}");
        claim.hasOnNodes(Map.of("join-a", "http=21000", "join-b", "http=21000"));
        assertThat(claim.ready().data()).containsKeys("join-a.env", "join-b.env");
    }

    @Test
    void aNodeThatJoinsGetsAnotherNumberWhereThatOneIsTaken() {
        fixture.node("other-a", "{labels: {row: other}}");
        ClaimProbe claim = claimOverRow("other", "21100-21109");
        assertThat(claim.ports()).isEqualTo("http=21100");
        fixture.node("other-b", "{labels: {tenant: other}}");
        fixture.pool("other-b-only", "{ranges: [21100], nodeSelector: {matchLabels: {tenant: other}}}");
        fixture.claim("holder", "{poolName: other-b-only, scope: Node, nodeName: other-b, ports: [{name: x}]}")
                .ready();
        fixture.editNode("other-b", "{labels: {row: other}}");
        claim.hasOnNodes(Map.of("other-a", "http=21100", "other-b", "http=21101"));
    }

    @Test
    void manyNodesThatJoinTogetherCostFewWrites() {
        fixture.node("many-00", "{labels: {row: many}}");
        ClaimProbe claim = claimOverRow("many", "21200-21209").ready();
        Queue<String> writes = new ConcurrentLinkedQueue<>();
        Watch watch = fixture.client()
                .resources(PortClaim.class)
                .inNamespace(fixture.namespace())
                .withName("many")
                .watch(new Versions(writes));
        for (int i = 1; i <= 30; i++) {
            fixture.node("many-%02d".formatted(i), "{labels: {row: many}}");
        }
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.status().nodesAssigned()).isEqualTo(31));
        assertThat(claim.ports()).isEqualTo("http=21200");
        await().atMost(SOON).until(() -> writes.contains(claim.version()));
        watch.close();
        // The first event is the claim as the watch found it; a slow machine may spread the joins over many windows.
        assertThat(writes).hasSizeBetween(2, 15);
    }

    @Test
    void aNodeThatIsGoneKeepsItsPortsForTheGraceAndThenLosesThem() {
        fixture.node("gone-a", "{labels: {row: gone}}");
        fixture.node("gone-b", "{labels: {row: gone}}");
        ClaimProbe claim = claimOverRow("gone", "21300");
        claim.hasOnNodes(Map.of("gone-a", "http=21300", "gone-b", "http=21300"));
        fixture.removeNode("gone-b");
        await("the claim wants one node less")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(claim.status().nodesDesired()).isEqualTo(1));
        assertThat(claim.portsByNode()).as("kept for the grace").containsEntry("gone-b", "http=21300");
        claim.hasOnNodes(Map.of("gone-a", "http=21300"));
        assertThat(claim.ready().data()).containsOnlyKeys("gone-a.env");

        fixture.node("gone-b", "{labels: {tenant: gone}}");
        fixture.pool("gone-after", "{ranges: [21300], nodeSelector: {matchLabels: {tenant: gone}}}");
        ClaimProbe next =
                fixture.claim("gone-next", "{poolName: gone-after, scope: Node, nodeName: gone-b, ports: [{name: x}]}");
        assertThat(next.ports()).as("after its rest others may have it").isEqualTo("x=21300");
    }

    @Test
    void aNodeThatComesBackUnderItsNameKeepsItsPorts() {
        fixture.node("back-a", "{labels: {row: back}}");
        fixture.node("back-b", "{labels: {row: back}}");
        ClaimProbe claim = claimOverRow("back", "21400-21409");
        claim.hasOnNodes(Map.of("back-a", "http=21400", "back-b", "http=21400"));
        // A number of its own on back-b shows that it was kept and not assigned again.
        fixture.claim("back-x", "{poolName: back, scope: Node, nodeName: back-b, ports: [{name: x, port: 21405}]}")
                .ready();
        fixture.removeNode("back-b");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.status().nodesDesired()).isEqualTo(1));
        fixture.node("back-b", "{labels: {row: back}}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.status().nodesDesired()).isEqualTo(2));
        assertThat(claim.portsByNode()).isEqualTo(Map.of("back-a", "http=21400", "back-b", "http=21400"));
        // Longer than the grace after it left: nothing remembers the absence.
        ClaimProbe one = new ClaimProbe(fixture, fixture.namespace(), "back-x");
        await().during(GRACE.plusSeconds(1))
                .atMost(SOON)
                .until(() -> one.portsByNode().equals(Map.of("back-b", "x=21405"))
                        && claim.portsByNode().containsKey("back-b"));
    }

    @Test
    void aNodeThatStopsMatchingKeepsItsPorts() {
        fixture.node("match-a", "{labels: {row: match}}");
        fixture.node("match-b", "{labels: {row: match}}");
        ClaimProbe claim = claimOverRow("match", "21500-21509");
        claim.hasOnNodes(Map.of("match-a", "http=21500", "match-b", "http=21500"));
        fixture.editNode("match-b", "{labels: {row: null}}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.status().nodesDesired()).isEqualTo(1));
        assertThat(claim.portsByNode()).isEqualTo(Map.of("match-a", "http=21500", "match-b", "http=21500"));
        assertThat(claim.ready().data()).containsKeys("match-a.env", "match-b.env");
        assertThat(claim.status().nodes())
                .filteredOn(group -> group.names().contains("match-b"))
                .singleElement()
                .satisfies(group -> assertThat(group.message()).contains("no longer matches"));
    }

    @Test
    void aClaimForANodeWaitsForItAndKeepsItsPortWhileTheNodeIsAway() {
        fixture.pool("await", "{ranges: [21600-21609], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe claim =
                fixture.claim("await", "{poolName: await, scope: Node, nodeName: await-a, ports: [{name: http}]}");
        assertThat(claim.refusal("NodeNotFound"))
                .isEqualTo("node await-a does not exist; the claim is served as soon as it joins");
        fixture.node("await-a", "{}");
        assertThat(claim.ports()).isEqualTo("http=21600");
        fixture.removeNode("await-a");
        assertThat(claim.refusal("NodeNotFound")).as("after the grace").startsWith("node await-a does not exist");
        assertThat(claim.portsByNode()).isEmpty();
        assertThat(fixture.client()
                        .configMaps()
                        .inNamespace(fixture.namespace())
                        .withName("await-ports")
                        .get())
                .as("nothing is published of a node that is gone")
                .isNull();
    }

    /** Gathers the versions in which the claim was seen. */
    private record Versions(Queue<String> seen) implements Watcher<PortClaim> {
        @Override
        public void eventReceived(Action action, PortClaim claim) {
            seen.add(claim.getMetadata().getResourceVersion());
        }

        @Override
        public void onClose(WatcherException cause) {
            seen.add("closed: " + cause);
        }
    }
}
