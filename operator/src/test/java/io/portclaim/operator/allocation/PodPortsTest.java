package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ports of pods: held wide, then on one node. */
class PodPortsTest {
    private static final List<RequestedPort> HTTP = List.of(IndexFixture.any("http"));

    private final IndexFixture fixture = new IndexFixture();
    private Set<String> nodes = Set.of("a", "b");
    private Map<String, String> hostnames = new HashMap<>(Map.of("a", "host-a", "b", "host-b"));

    private PodPorts pods() {
        return fixture.index.pods();
    }

    private PodRequest request(String pod, List<RequestedPort> ports, @Nullable String boundTo, boolean newNode) {
        Map<String, NodeFacts> facts = nodes.stream().collect(Collectors.toMap(name -> name, IndexFixture::node));
        return new PodRequest(
                "uid-" + pod,
                ClaimKey.ofPod("ns", pod),
                fixture.clock.instant(),
                fixture.pool,
                ports,
                boundTo,
                new PodRequest.Candidates(facts, facts, hostnames),
                newNode);
    }

    private PodDecision decide(String pod) {
        return pods().decide(request(pod, HTTP, null, false));
    }

    private PodDecision.Granted granted(PodDecision decision) {
        assertThat(decision).isInstanceOf(PodDecision.Granted.class);
        return (PodDecision.Granted) decision;
    }

    private Refusal refused(PodDecision decision) {
        assertThat(decision).isInstanceOf(PodDecision.Refused.class);
        return ((PodDecision.Refused) decision).refusal();
    }

    private static String words(PodDecision.Granted granted) {
        return IndexFixture.words(granted.assignment()) + " not on " + String.join(",", granted.leftOut());
    }

    private void narrow(String pod, String node) {
        pods().settle("uid-" + pod);
        assertThat(pods().narrow("uid-" + pod, node)).isEmpty();
    }

    private void release(String pod, PodEnd end) {
        pods().release("uid-" + pod, end, fixture.cooldowns());
    }

    private String held(String pod) {
        return pods().of("uid-" + pod)
                .map(allocation -> IndexFixture.words(allocation.current()))
                .orElse("nothing");
    }

    @Test
    void aPodHoldsItsNumberOnEveryNodeUntilItHasOne() {
        assertThat(words(granted(decide("x")))).isEqualTo("?: http=100/TCP not on ");

        assertThat(fixture.decided(fixture.request("k1", "ns/k1", HTTP, "a"))).isEqualTo("a: http=101/TCP");
        fixture.refused(
                fixture.request("k2", "ns/k2", List.of(IndexFixture.port("http", 100)), "b"), Reason.PORT_TAKEN);
        narrow("x", "a");
        assertThat(held("x")).isEqualTo("a: http=100/TCP");
        fixture.refused(
                fixture.request("k3", "ns/k3", List.of(IndexFixture.port("http", 100)), "a"), Reason.PORT_TAKEN);
        fixture.refused(
                fixture.request("k4", "ns/k4", List.of(IndexFixture.port("http", 100)), "*"), Reason.PORT_TAKEN);
        assertThat(fixture.decided(fixture.request("k5", "ns/k5", List.of(IndexFixture.port("http", 100)), "b")))
                .isEqualTo("b: http=100/TCP");
    }

    @Test
    void whoIsInTheWayIsNamedAsAPod() {
        decide("x");
        Refusal own = fixture.refused(
                fixture.request("k", "ns/k", List.of(IndexFixture.port("http", 100)), "a"), Reason.PORT_TAKEN);
        Refusal others = fixture.refused(
                fixture.request("k", "other/k", List.of(IndexFixture.port("http", 100)), "a"), Reason.PORT_TAKEN);
        assertThat(own.message()).contains("held by pod x");
        assertThat(others.message()).contains("held by a pod of another namespace");
        assertThat(others.inFull()).isEqualTo("held by Pod ns/x");
    }

    @Test
    void eachNumberIsUsedOnEachNodeAndTheNextPodIsRefused() {
        fixture.pool = IndexFixture.pool("100-103");
        Map<String, Set<Integer>> byNode = new HashMap<>();
        for (int i = 0; i < 8; i++) {
            PodDecision.Granted granted = granted(decide("x" + i));
            String node = Stream.of("a", "b")
                    .filter(name -> !granted.leftOut().contains("host-" + name))
                    .findFirst()
                    .orElseThrow();
            narrow("x" + i, node);
            int port = granted.assignment().at(Place.SOMEWHERE).get(0).port();
            assertThat(byNode.computeIfAbsent(node, key -> new TreeSet<>()).add(port))
                    .isTrue();
        }
        assertThat(byNode).containsOnlyKeys("a", "b");
        assertThat(byNode.values())
                .allSatisfy(ports -> assertThat(ports).containsExactlyInAnyOrder(100, 101, 102, 103));

        Refusal ninth = refused(decide("x8"));
        assertThat(ninth.reason()).isEqualTo(Reason.POOL_EXHAUSTED);
        assertThat(ninth.message())
                .startsWith(
                        "no port is free for 'http' (TCP) in pool default on any of the 2 nodes that the pod may run on");

        release("x3", new PodEnd.NeverRan());
        assertThat(granted(decide("x8")).leftOut()).hasSize(1);
    }

    @Test
    void theNumberThatTheFewestNodesHoldIsTaken() {
        fixture.pool = IndexFixture.pool("100-101");
        nodes = Set.of("a", "b", "c");
        hostnames = Map.of("a", "host-a", "b", "host-b", "c", "host-c");
        fixture.bound(fixture.request("k1", "ns/k1", List.of(IndexFixture.port("http", 100)), "a", "b"));
        fixture.bound(fixture.request("k2", "ns/k2", List.of(IndexFixture.port("http", 101)), "b"));

        assertThat(words(granted(decide("x")))).isEqualTo("?: http=101/TCP not on host-b");
    }

    @Test
    void allPortsOfAPodFitOnOneNode() {
        fixture.pool = IndexFixture.pool("100-103");
        fixture.bound(fixture.request("k1", "ns/k1", List.of(IndexFixture.port("p", 100)), "a"));
        fixture.bound(fixture.request("k2", "ns/k2", List.of(IndexFixture.port("p", 102)), "b"));
        fixture.bound(fixture.request("k3", "ns/k3", List.of(IndexFixture.port("p", 101)), "b"));
        fixture.bound(fixture.request("k4", "ns/k4", List.of(IndexFixture.port("p", 103)), "a"));
        List<RequestedPort> ports = List.of(
                IndexFixture.any("game", TransportProtocol.TCP, 2), IndexFixture.any("rtp", TransportProtocol.UDP, 1));

        PodDecision.Granted granted = granted(pods().decide(request("x", ports, null, false)));

        assertThat(words(granted)).isEqualTo("?: game=101-102/TCP rtp=100/UDP not on host-b");
    }

    @Test
    void whatEndedCoolsOnItsNodeAndGoesBackToThePodsName() {
        granted(decide("x"));
        narrow("x", "a");
        release("x", new PodEnd.Terminated());
        fixture.refused(fixture.request("k", "ns/k", List.of(IndexFixture.port("http", 100)), "a"), Reason.PORT_TAKEN);

        PodDecision.Granted again = granted(decide("x"));

        assertThat(words(again)).isEqualTo("?: http=100/TCP not on ");
        assertThat(fixture.index.unfinishedReleases()).isZero();
    }

    @Test
    void theEndOfANamesakeOnAnotherNodeShutsOutNothing() {
        fixture.pool = IndexFixture.pool("100-100");
        granted(decide("x"));
        narrow("x", "a");
        release("x", new PodEnd.Terminated());

        assertThat(words(granted(decide("y")))).isEqualTo("?: http=100/TCP not on host-a");
    }

    @Test
    void whatMayStillRunGoesBackToNobodyAndCoolsForLonger() {
        granted(decide("x"));
        narrow("x", "a");
        release("x", new PodEnd.Uncertain(Duration.ofSeconds(30)));

        assertThat(words(granted(decide("x")))).isEqualTo("?: http=101/TCP not on ");
        Request k = fixture.request("k", "ns/k", List.of(IndexFixture.port("http", 100)), "a");
        fixture.clock.goOn(IndexFixture.TCP_COOLDOWN.plusSeconds(29));
        fixture.index.advance(IndexFixture.NO_PODS);
        fixture.refused(k, Reason.PORT_TAKEN);
        fixture.clock.goOn(Duration.ofSeconds(2));
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(fixture.decided(k)).isEqualTo("a: http=100/TCP");
    }

    @Test
    void aNamesakeGetsNothingBackThatAProcessListensOn() {
        granted(decide("x"));
        narrow("x", "a");
        release("x", new PodEnd.Terminated());
        fixture.listeners.report("a", CompactPorts.of(PortSet.parse("100")), CompactPorts.EMPTY);
        fixture.index.advance(IndexFixture.NO_PODS);

        assertThat(words(granted(decide("x")))).isEqualTo("?: http=101/TCP not on ");
    }

    @Test
    void aPodThatNeverRanLeavesItsNumberFree() {
        granted(decide("x"));
        release("x", new PodEnd.NeverRan());

        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(fixture.decided(fixture.request("k", "ns/k", List.of(IndexFixture.port("http", 100)), "*")))
                .isEqualTo("*: http=100/TCP");
    }

    @Test
    void whatCoolsOnANodeStaysSoBesideAPodThatLeavesTheNodeOut() {
        fixture.pool = IndexFixture.pool("100-100");
        granted(decide("x"));
        narrow("x", "a");
        granted(decide("y"));
        release("x", new PodEnd.Terminated());
        narrow("y", "b");

        assertThat(fixture.index.unfinishedReleases()).isEqualTo(1);
        fixture.refused(fixture.request("k", "ns/k", HTTP, "a"), Reason.POOL_EXHAUSTED);
    }

    @Test
    void narrowedIsNeverWidenedAgain() {
        granted(decide("x"));
        narrow("x", "a");
        assertThat(pods().narrow("uid-x", "b")).isEmpty();
        assertThat(held("x")).isEqualTo("a: http=100/TCP");
    }

    @Test
    void aPodOfADaemonSetHoldsItsNodeOnly() {
        PodDecision.Granted granted = granted(pods().decide(request("x", HTTP, "a", false)));

        assertThat(words(granted)).isEqualTo("a: http=100/TCP not on ");
        assertThat(words(granted(pods().decide(request("y", HTTP, "b", false)))))
                .isEqualTo("b: http=101/TCP not on ");
    }

    @Test
    void aNumberOnANodeThatCannotBeLeftOutIsNotUsed() {
        fixture.pool = IndexFixture.pool("100-101");
        hostnames = Map.of("b", "host-b");
        fixture.bound(fixture.request("k1", "ns/k1", List.of(IndexFixture.port("http", 100)), "a"));
        fixture.bound(fixture.request("k2", "ns/k2", List.of(IndexFixture.port("http", 101)), "b"));

        assertThat(words(granted(decide("x")))).isEqualTo("?: http=101/TCP not on host-b");
        narrow("x", "a");
        assertThat(refused(decide("y")).reason()).isEqualTo(Reason.POOL_EXHAUSTED);
    }

    @Test
    void moreNodesThanAnAffinityShouldNameAreNotLeftOut() {
        fixture.pool = IndexFixture.pool("100-100");
        nodes = new TreeSet<>();
        hostnames = new HashMap<>();
        for (int i = 0; i < PodChoice.MOST_LEFT_OUT + 2; i++) {
            nodes.add("n" + i);
            hostnames.put("n" + i, "n" + i);
        }
        for (int i = 0; i < PodChoice.MOST_LEFT_OUT; i++) {
            fixture.bound(fixture.request("k" + i, "ns/k" + i, HTTP, "n" + i));
        }
        assertThat(granted(decide("x")).leftOut()).hasSize(PodChoice.MOST_LEFT_OUT);
        release("x", new PodEnd.NeverRan());
        fixture.bound(fixture.request("k", "ns/k", HTTP, "n" + PodChoice.MOST_LEFT_OUT));

        assertThat(refused(decide("x")).message()).contains("held on more than 200 others");
    }

    @Test
    void atMostHalfOfTheFreeNumbersAreHeldWide() {
        fixture.pool = IndexFixture.pool("100-103");
        granted(decide("x"));
        granted(decide("y"));

        Refusal third = refused(decide("z"));

        assertThat(third.reason()).isEqualTo(Reason.PODS_WAITING);
        assertThat(third.message()).startsWith("pods that have no node yet hold 2 of the 4 numbers of pool default");
        narrow("x", "a");
        assertThat(granted(decide("z")).assignment().isEmpty()).isFalse();
    }

    @Test
    void aPodMayWaitForANodeThatJoins() {
        fixture.pool = IndexFixture.pool("100-100");
        fixture.bound(fixture.request("k1", "ns/k1", HTTP, "a", "b"));

        assertThat(refused(decide("x")).reason()).isEqualTo(Reason.POOL_EXHAUSTED);
        assertThat(words(granted(pods().decide(request("x", HTTP, null, true)))))
                .isEqualTo("?: http=100/TCP not on host-a,host-b");
    }

    @Test
    void whileSomethingCoolsNoPodWaitsForANodeThatJoins() {
        fixture.pool = IndexFixture.pool("100-100");
        fixture.bound(fixture.request("k1", "ns/k1", HTTP, "a"));
        fixture.bound(fixture.request("k2", "ns/k2", HTTP, "b"));
        fixture.release("k2");

        assertThat(refused(pods().decide(request("x", HTTP, null, true))).reason())
                .isEqualTo(Reason.POOL_EXHAUSTED);
    }

    @Test
    void whatOthersDeclareOrListenOnIsLeftOut() {
        fixture.pool = IndexFixture.pool("100-101");
        fixture.foreign.declare(
                "p", new ForeignPorts.Owner("Pod", "other", "p"), List.of(new Slot("a", Protocol.TCP, 100)));
        fixture.listeners.report("a", CompactPorts.of(PortSet.parse("101")), CompactPorts.EMPTY);

        assertThat(granted(decide("x")).leftOut()).containsExactly("host-a");
    }

    @Test
    void podsCountForTheirNamespacesLimit() {
        fixture.pool = IndexFixture.pool("100-109", 0, 1);
        granted(decide("x"));

        assertThat(refused(decide("y")).reason()).isEqualTo(Reason.LIMIT_EXCEEDED);
    }

    @Test
    void aPodIsDecidedOnce() {
        granted(decide("x"));
        assertThatThrownBy(() -> decide("x")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void claimsAndPodsAreKeptApart() {
        granted(decide("x"));
        fixture.bound(fixture.request("k", "ns/x", HTTP, "a"));

        assertThat(fixture.index.holdings()).extracting(ClaimAllocation::uid).containsExactly("k");
        assertThat(pods().all()).extracting(ClaimAllocation::uid).containsExactly("uid-x");
        assertThat(fixture.index.uids(new ClaimKey("ns", "x"))).containsExactly("k");
        assertThat(fixture.index.holders().of(List.of(new Slot("a", Protocol.TCP, 100))))
                .isEmpty();
    }
}
