package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortPoolStatus.NodeFacts;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.ShiftedClock;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an agent reports of its node counts, at once and for as long as the agent is there. */
@ExtendWith(LocalCluster.class)
class ReportsIT {
    private static final Duration SQUATTED = Duration.ofSeconds(61);
    private static final ShiftedClock CLOCK = new ShiftedClock();
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.on(cluster);
        fixture.startOperator(CLOCK);
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static ClaimProbe onNode(String name, String node, String pool, String port) {
        return fixture.claim(
                name, "{poolName: %s, scope: Node, nodeName: %s, ports: [%s]}".formatted(pool, node, port));
    }

    private static void hasNodes(String pool, int reported, int annotated, int assumed) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus(pool).nodeFacts())
                        .isEqualTo(new NodeFacts(reported, annotated, assumed, 0)));
    }

    /** The status is written before. */
    private static void awaitEvents(ClaimProbe claim, String... events) {
        await().atMost(SOON).untilAsserted(() -> assertThat(claim.events()).containsExactly(events));
    }

    private static void awaitListenedOn(String pool, String node, int port) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(fixture.whyTaken(pool, node, port)).contains("listens on it"));
    }

    @Test
    void aReportComesBeforeTheAnnotationAndAChangeAtRunTimeIsReported() {
        fixture.node("rep-a", "{labels: {row: rep-1}}");
        fixture.pool(
                "rep-1",
                "{ranges: [21000-21009], staticBand: 0, nodeSelector: {matchLabels: {row: rep-1}}, ephemeralPorts: {assumed: 21000-21001}}");
        assertThat(onNode("assumed", "rep-a", "rep-1", "{name: a}").ports()).isEqualTo("a=21002");
        hasNodes("rep-1", 0, 0, 1);
        fixture.editNode("rep-a", "{annotations: {portclaim.io/ephemeral-port-range: '21003-21004'}}");
        hasNodes("rep-1", 0, 1, 0);
        assertThat(onNode("annotated", "rep-a", "rep-1", "{name: a}").ports()).isEqualTo("a=21005");
        Agent agent = Agent.on(fixture, "rep-a", "21006-21007");
        hasNodes("rep-1", 1, 0, 0);
        ClaimProbe reported = onNode("reported", "rep-a", "rep-1", "{name: a}");
        assertThat(reported.ports()).isEqualTo("a=21008");
        assertThat(fixture.whyTaken("rep-1", "rep-a", 21006))
                .contains("port 21006 lies in the ephemeral range 21006-21007 of node rep-a (reported by its agent)");

        agent.reports("21006-21009", "");
        assertThat(reported.message("Usable", "False InEphemeralRange"))
                .startsWith("port 21008 lies in the ephemeral range 21006-21009 of node rep-a (reported by its agent)");
        assertThat(reported.ports()).as("never moved").isEqualTo("a=21008");
        awaitEvents(reported, "Warning InEphemeralRange");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.metrics())
                        .contains("portclaim_claims_unusable{pool=\"rep-1\",reason=\"InEphemeralRange\"} 1.0")
                        .contains("portclaim_pool_nodes{facts=\"reported\",pool=\"rep-1\"} 1.0"));
        agent.reports("21006-21009", "21008");
        reported.message("Usable", "True Usable");
        agent.reports("21006-21009", "");
        reported.message("Usable", "False InEphemeralRange");
        agent.reports("21006-21007", "");
        reported.message("Usable", "True Usable");
    }

    @Test
    void aRangeThatChangesOnOneOfManyNodesIsReportedForAClaimOnEveryNode() {
        fixture.node("rep-b", "{labels: {row: rep-2}}");
        fixture.node("rep-c", "{labels: {row: rep-2}}");
        fixture.pool("rep-2", "{ranges: [21100-21109], staticBand: 0, nodeSelector: {matchLabels: {row: rep-2}}}");
        ClaimProbe wide = fixture.claim("wide", "{poolName: rep-2, scope: Cluster, ports: [{name: a}]}");
        assertThat(wide.ports()).isEqualTo("a=21100");
        Agent first = Agent.on(fixture, "rep-b", "21100-21101");
        assertThat(wide.message("Usable", "False InEphemeralRange")).contains("of node rep-b (reported by its agent)");
        Agent.on(fixture, "rep-c", "21100-21101");
        hasNodes("rep-2", 2, 0, 0);
        first.reports("40000-50000", "");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(wide.condition("Usable"))
                        .as("the other node is named")
                        .contains("InEphemeralRange", "of node rep-c"));
    }

    @Test
    void aListenersPortIsNotHandedOutAndIsGivenOnceItIsGone() {
        fixture.node("rep-d", "{}");
        fixture.pool("rep-3", "{ranges: [21200-21202], staticBand: 0}");
        Agent agent = Agent.on(fixture, "rep-d", "32768-60999");
        agent.sees("22,21200");
        awaitListenedOn("rep-3", "rep-d", 21200);
        assertThat(onNode("chosen", "rep-d", "rep-3", "{name: a}").ports()).isEqualTo("a=21201");
        ClaimProbe very = onNode("very", "rep-d", "rep-3", "{name: a, port: 21200}");
        assertThat(very.refusal("PortTaken"))
                .isEqualTo("21200/TCP on node rep-d is taken: a process on node rep-d listens on it, and no pod there"
                        + " declares it; stop the process, or declare the port in the pod of the process; or"
                        + " request another port, or leave port out and let the pool choose");
        ClaimProbe wide = fixture.claim("wide-3", "{poolName: rep-3, scope: Cluster, ports: [{name: a, port: 21200}]}");
        assertThat(wide.refusal("PortTaken")).contains("21200/TCP on every node is taken: a process on node rep-d");
        assertThat(Objects.requireNonNull(fixture.poolStatus("rep-3").slots()).available())
                .isPositive();
        wide.delete();
        agent.sees("22");
        assertThat(very.ports()).isEqualTo("a=21200");
    }

    @Test
    void aPodsOwnListenerGoesByWhatThePodDeclares() {
        fixture.node("rep-e", "{}");
        fixture.pool("rep-4", "{ranges: [21300-21302], staticBand: 0}");
        Agent agent = Agent.on(fixture, "rep-e", "32768-60999");
        agent.sees("21300");
        awaitListenedOn("rep-4", "rep-e", 21300);
        fixture.pod(fixture.namespace(), "legacy", "rep-e", "ports: [{containerPort: 80, hostPort: 21300}]");
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(fixture.whyTaken("rep-4", "rep-e", 21300)).startsWith("True Assigned"));
    }

    @Test
    void aReleaseIsBlockedWhileAProcessListensAndGoesBackToItsName() {
        fixture.node("rep-f", "{}");
        fixture.pool("rep-5", "{ranges: [21400-21409], staticBand: 0, cooldown: {tcp: 0s}}");
        Agent agent = Agent.on(fixture, "rep-f", "32768-60999");
        ClaimProbe claim = onNode("kept", "rep-f", "rep-5", "{name: a}");
        assertThat(claim.ports()).isEqualTo("a=21400");
        fixture.pod(fixture.namespace(), "reads", "rep-f", "envFrom: [{configMapRef: {name: kept-ports}}]");
        agent.sees("21400");
        claim.message("Usable", "True Usable");
        claim.delete();
        assertThat(onNode("kept", "rep-f", "rep-5", "{name: a}").ports())
                .as("made again while its process runs")
                .isEqualTo("a=21400");

        ClaimProbe other = onNode("other-5", "rep-f", "rep-5", "{name: a}");
        assertThat(other.ports()).isEqualTo("a=21401");
        agent.sees("21400,21401");
        other.delete();
        ClaimProbe waits = onNode("waits-5", "rep-f", "rep-5", "{name: a, port: 21401}");
        assertThat(waits.refusal("PortTaken")).contains("21401/TCP on node rep-f is");
        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(
                        () -> waits.condition("Ready")
                                .contains(
                                        "is released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended"));
        agent.sees("21400");
        assertThat(waits.ports()).isEqualTo("a=21401");
    }

    @Test
    void aListenerThatNoPodExplainsIsReportedAfterAWhileAndClears() {
        fixture.node("rep-h", "{}");
        fixture.node("rep-i", "{}");
        fixture.pool("rep-6", "{ranges: [21500-21509], staticBand: 0}");
        Agent agent = Agent.on(fixture, "rep-h", "32768-60999");
        Agent second = Agent.on(fixture, "rep-i", "32768-60999");
        ClaimProbe claim = fixture.claim(
                "squatted", "{poolName: rep-6, scope: Cluster, ports: [{name: a}], configMapName: squatted}");
        assertThat(claim.ports()).isEqualTo("a=21500");
        agent.sees("21500");
        // The wait begins when the operator hears of it, which may be later than this line.
        await().atMost(SOON).untilAsserted(() -> {
            CLOCK.goOn(SQUATTED);
            assertThat(claim.condition("Usable")).startsWith("False HeldByOthers");
        });
        assertThat(claim.message("Usable", "False HeldByOthers"))
                .isEqualTo("a process on node rep-h listens on 21500/TCP, and no pod there declares the port or reads"
                        + " ConfigMap squatted; stop the process, or declare the port in the pod of the process");
        awaitEvents(claim, "Warning HeldByOthers");
        assertThat(claim.ports()).isEqualTo("a=21500");
        second.sees("21500");
        await().atMost(SOON).untilAsserted(() -> {
            CLOCK.goOn(SQUATTED);
            assertThat(claim.condition("Usable"))
                    .contains("a process on node rep-h (and on 1 more) listens on 21500/TCP");
        });
        assertThat(claim.events()).as("the same reason is reported once").containsExactly("Warning HeldByOthers");

        fixture.stopOperator();
        String before = claim.version();
        fixture.startOperator(CLOCK);
        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(() -> claim.version().equals(before));

        second.sees("");
        fixture.pod(fixture.namespace(), "reader", "rep-h", "envFrom: [{configMapRef: {name: squatted}}]");
        claim.message("Usable", "True Usable");
    }

    @Test
    void whatAnAgentSawCountsForAGraceAfterItIsGoneAndItsRangeForEver() {
        fixture.node("rep-k", "{labels: {row: rep-7}}");
        fixture.pool("rep-7", "{ranges: [21600-21609], staticBand: 0, nodeSelector: {matchLabels: {row: rep-7}}}");
        Agent agent = Agent.on(fixture, "rep-k", "21608-21609");
        agent.sees("21600");
        awaitListenedOn("rep-7", "rep-k", 21600);
        agent.isReplaced(21607);
        agent.sees("21600,21606");
        // Pods and reports are watched apart: the time goes on when the operator knows both of the second agent.
        String theirs = fixture.newNamespace("{}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.whyTaken(theirs, "rep-7", "rep-k", 21607))
                        .contains("is declared by"));
        awaitListenedOn("rep-7", "rep-k", 21606);
        CLOCK.goOn(Duration.ofMinutes(11));
        ClaimProbe very = onNode("very-7", "rep-k", "rep-7", "{name: a, port: 21600}");
        assertThat(very.refusal("PortTaken")).contains("listens on it");
        agent.uninstall();
        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(() -> very.condition("Ready").contains("listens on it"));
        CLOCK.goOn(Duration.ofMinutes(11));
        assertThat(very.ports()).isEqualTo("a=21600");
        assertThat(fixture.whyTaken("rep-7", "rep-k", 21608)).contains("(reported by its agent)");
        hasNodes("rep-7", 1, 0, 0);
        hasAbandonedReports(1);
        agent.isReplaced(21607);
        hasAbandonedReports(0);
    }

    private static void hasAbandonedReports(int count) {
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(fixture.metrics()).contains("portclaim_reports_abandoned " + count + ".0"));
    }

    @Test
    void aReportThatNamesAnotherNodesAgentCountsForAGraceOnly() {
        fixture.node("rep-l", "{}");
        fixture.node("rep-m", "{}");
        fixture.pool("rep-8", "{ranges: [21700-21709], staticBand: 0}");
        Agent honest = Agent.on(fixture, "rep-m", "32768-60999");
        Agent forger = Agent.on(fixture, "rep-l", "32768-60999");
        forger.forges(honest);
        forger.sees("21700-21709");
        ClaimProbe wide = fixture.claim("wide-8", "{poolName: rep-8, scope: Cluster, ports: [{name: a}]}");
        assertThat(wide.refusal("PoolExhausted")).contains("on node rep-l");
        CLOCK.goOn(Duration.ofMinutes(11));
        assertThat(wide.ports()).isEqualTo("a=21700");
        fixture.client().resources(PortReport.class).withName("rep-l").delete();
    }
}
