package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.tuple;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ports of pods that have ended, on nodes with an agent, which reports a listener for some time after its end. */
class PodListenersTest {
    private static final List<RequestedPort> HTTP = List.of(IndexFixture.any("http"));
    private static final Duration STALE = ExcusedListeners.STALE;

    private final IndexFixture fixture = new IndexFixture();

    private String decided(String pod, List<RequestedPort> ports, @Nullable String boundTo) {
        Map<String, NodeFacts> facts = Stream.of("a", "b").collect(Collectors.toMap(name -> name, IndexFixture::node));
        PodDecision decision = fixture.index
                .pods()
                .decide(new PodRequest(
                        "uid-" + pod,
                        ClaimKey.ofPod("ns", pod),
                        fixture.clock.instant(),
                        fixture.pool,
                        ports,
                        boundTo,
                        new PodRequest.Candidates(facts, facts, Map.of("a", "host-a", "b", "host-b")),
                        false));
        if (decision instanceof PodDecision.Granted granted) {
            return IndexFixture.words(granted.assignment()) + " not on " + String.join(",", granted.leftOut());
        }
        return fail("refused: " + decision);
    }

    private String decided(String pod) {
        return decided(pod, HTTP, null);
    }

    private void runs(String pod, String node) {
        fixture.index.pods().settle("uid-" + pod);
        assertThat(fixture.index.pods().narrow("uid-" + pod, node)).isEmpty();
    }

    private void ends(String pod, PodEnd end) {
        fixture.index.pods().release("uid-" + pod, end, fixture.cooldowns());
    }

    private void report(String node, String tcp, String udp) {
        fixture.listeners.report(node, CompactPorts.of(PortSet.parse(tcp)), CompactPorts.of(PortSet.parse(udp)));
    }

    private void goOn(Duration time) {
        fixture.clock.goOn(time);
        fixture.index.advance(IndexFixture.NO_PODS);
    }

    private Request claim(String node) {
        return fixture.request("k", "ns/k", List.of(IndexFixture.port("http", 100)), node);
    }

    private boolean isBlocked() {
        fixture.index.advance(IndexFixture.NO_PODS);
        List<Release> releases = fixture.index.snapshot().releases();
        assertThat(releases).hasSize(1);
        return releases.get(0).isBlocked();
    }

    /** Pod x has run on node a and listened there on 100. */
    private void xEnds(PodEnd end) {
        decided("x");
        runs("x", "a");
        report("a", "100", "");
        ends("x", end);
    }

    @Test
    void aPodGetsBackWhatTheAgentStillReports() {
        xEnds(new PodEnd.Terminated());
        assertThat(isBlocked()).isFalse();
        goOn(Duration.ofSeconds(1));
        report("a", "100,107", "");
        goOn(Duration.ofSeconds(1));

        fixture.refused(claim("a"), Reason.PORT_TAKEN);
        assertThat(decided("y")).isEqualTo("?: http=101/TCP not on ");
        assertThat(decided("x")).isEqualTo("?: http=100/TCP not on ");
    }

    @Test
    void aPodThatCanRunOnThatNodeOnlyGetsItBackToo() {
        xEnds(new PodEnd.Terminated());
        goOn(Duration.ofSeconds(1));

        assertThat(decided("x", HTTP, "a")).isEqualTo("a: http=100/TCP not on ");
    }

    @Test
    void eachPortIsExcusedForItsCooldown() {
        List<RequestedPort> both = List.of(IndexFixture.any("game", TransportProtocol.TCPUDP, 2));
        decided("x", both, null);
        runs("x", "a");
        report("a", "100-101", "100-101");
        ends("x", new PodEnd.Terminated());
        goOn(IndexFixture.UDP_COOLDOWN.minusSeconds(1));

        assertThat(isBlocked()).isFalse();
        assertThat(decided("x", both, null)).isEqualTo("?: game=100-101/TCPUDP not on ");
    }

    @Test
    void aReportThatStillHasItLaterBlocksIt() {
        xEnds(new PodEnd.Terminated());
        goOn(STALE.minusSeconds(1));
        report("a", "100", "");
        assertThat(isBlocked()).isFalse();
        goOn(Duration.ofSeconds(1));
        assertThat(isBlocked()).as("no report since").isFalse();
        report("a", "100", "");
        assertThat(isBlocked()).isTrue();

        assertThat(decided("x")).isEqualTo("?: http=101/TCP not on ");
    }

    @Test
    void whatIsReportedWhenTheCooldownIsOverBlocksEverybody() {
        xEnds(new PodEnd.Terminated());
        goOn(IndexFixture.TCP_COOLDOWN);
        assertThat(isBlocked()).isTrue();
        fixture.refused(claim("a"), Reason.PORT_TAKEN);
        assertThat(decided("x")).isEqualTo("?: http=101/TCP not on ");

        report("a", "", "");
        goOn(Duration.ZERO);
        goOn(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.decided(claim("a"))).isEqualTo("a: http=100/TCP");
    }

    @Test
    void afterAForcedDeletionNothingIsExcused() {
        xEnds(new PodEnd.Uncertain(Duration.ofSeconds(30)));

        assertThat(isBlocked()).isTrue();
    }

    @Test
    void aListenerThatCameAfterTheEndIsNotExcused() {
        decided("x");
        runs("x", "a");
        report("a", "107", "");
        ends("x", new PodEnd.Terminated());
        report("a", "100,107", "");

        assertThat(isBlocked()).isTrue();
        assertThat(decided("x")).isEqualTo("?: http=101/TCP not on ");
    }

    @Test
    void aListenerThatWentAndCameAgainIsNotExcused() {
        xEnds(new PodEnd.Terminated());
        report("a", "", "");
        report("a", "100", "");

        assertThat(isBlocked()).isTrue();
    }

    @Test
    void aNewAgentReportsWhatItHasSeenItself() {
        xEnds(new PodEnd.Terminated());
        fixture.listeners.endExcuses("a");

        assertThat(isBlocked()).isTrue();
    }

    @Test
    void whatWentBackToAPodElsewhereIsKeptFromOthersByTheReport() {
        xEnds(new PodEnd.Terminated());
        decided("x");
        runs("x", "b");

        fixture.refused(claim("a"), Reason.PORT_TAKEN);
        report("a", "", "");
        assertThat(fixture.decided(claim("a"))).isEqualTo("a: http=100/TCP");
    }

    @Test
    void aClaimOfAnotherScopeIsBlockedAsEver() {
        xEnds(new PodEnd.Terminated());
        fixture.bound(claim("b"));
        report("b", "100", "");
        assertThat(fixture.listeners.unexplained(IndexFixture.tcp("*", 100))).containsExactly("b");
        fixture.release("k");
        fixture.index.advance(IndexFixture.NO_PODS);

        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::place, Release::isBlocked)
                .containsExactlyInAnyOrder(tuple("a", false), tuple("b", true));
    }
}
