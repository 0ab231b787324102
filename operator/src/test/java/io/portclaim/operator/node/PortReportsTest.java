package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortReportsTest {
    private static final Duration GRACE = Duration.ofMinutes(10);
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
    private Runnable whenNodesChange = () -> {};
    private final Nodes nodes = new Nodes(clock, change -> whenNodesChange.run());
    private final Listeners listeners = new Listeners(new ForeignPorts(), clock);
    /** The node of each agent's pod, by its UID. */
    private final Map<String, String> pods = new HashMap<>(Map.of("agent-1", "n"));

    private final List<Set<Slot>> announced = new ArrayList<>();
    private final PortReports reports = new PortReports(
            new ReportedRanges(nodes),
            listeners,
            (node, reporter) ->
                    node.equals(pods.get(reporter.uid())) && reporter.name().equals("agent"),
            announced::add,
            clock,
            GRACE);

    private static PortReport report(String status) {
        return YAML.unmarshal(
                "---\n{apiVersion: portclaim.io/v1alpha1, kind: PortReport, metadata: {name: n, uid: u, resourceVersion: '5'}, status: %s}"
                        .formatted(status),
                PortReport.class);
    }

    private static PortReport report(String range, String reserved, String tcp, String reporter) {
        return report("""
                {ephemeralRange: %s, reservedPorts: "%s", ephemeralPorts: 1, connectionsPerSecond: 1,
                 listeners: {tcp: "%s", udp: "53"}, reporter: {namespace: a, name: agent, uid: %s},
                 reportedAt: "2026-01-01T00:00:00Z"}""".formatted(range, reserved, tcp, reporter));
    }

    private static PortReport owned(String nodeUid, PortReport report) {
        report.addOwnerReference(new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("Node")
                .withName("n")
                .withUid(nodeUid)
                .build());
        return report;
    }

    private void nodeIsThere(Map<String, String> annotations) {
        node("node-uid", annotations);
    }

    private void node(String uid, Map<String, String> annotations) {
        nodes.onAdd(new NodeBuilder()
                .withNewMetadata()
                .withName("n")
                .withUid(uid)
                .withAnnotations(annotations)
                .endMetadata()
                .build());
    }

    private NodeFacts facts() {
        return nodes.get("n").orElseThrow().facts();
    }

    private static Slot tcp(int port) {
        return new Slot("n", Protocol.TCP, port);
    }

    private static Pod pod(String uid) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("a")
                .withName("agent")
                .withUid(uid)
                .endMetadata()
                .build();
    }

    private void podGoes(String uid) {
        pods.remove(uid);
        reports.pods().onDelete(pod(uid), false);
    }

    private boolean counts(int port) {
        reports.advance();
        return listeners.isListenedOn(tcp(port));
    }

    @Test
    void aReportComesBeforeTheAnnotationAndThatBeforeWhatIsAssumed() {
        nodeIsThere(Map.of());
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ASSUMED);
        nodeIsThere(Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000", Nodes.RESERVED_PORTS, "40001"));
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ANNOTATED);
        long version = nodes.version();

        reports.onAdd(report("15000-60999", "16000", "22", "agent-1"));
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.REPORTED);
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(facts().reserved()).isEqualTo(PortSet.parse("16000"));
        assertThat(nodes.version()).isEqualTo(version + 1);
        reports.onUpdate(report("{}"), report("15000-60999", "16000", "22,23", "agent-1"));
        assertThat(nodes.version()).as("listeners are no fact of the node").isEqualTo(version + 1);

        podGoes("agent-1");
        reports.onDelete(report("15000-60999", "16000", "22,23", "agent-1"), false);
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ANNOTATED);
        assertThat(facts().reserved()).isEqualTo(PortSet.parse("40001"));
    }

    @Test
    void aReportThatIsDeletedCountsForAsLongAsTheAgentIsThereThatWillWriteItAnew() {
        nodeIsThere(Map.of());
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        reports.onDelete(report("15000-60999", "", "22", "agent-1"), false);
        now = now.plus(Duration.ofDays(1));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(counts(22)).isTrue();

        reports.onAdd(report("null"));
        assertThat(counts(22)).as("made, and not filled yet").isTrue();
        reports.onUpdate(report("null"), report("16000-60999", "", "23", "agent-1"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("16000-60999"));
        assertThat(counts(22)).isFalse();
        assertThat(counts(23)).isTrue();

        reports.onDelete(report("16000-60999", "", "23", "agent-1"), false);
        podGoes("agent-1");
        reports.advance();
        assertThat(facts().source()).as("nobody will write it again").isEqualTo(NodeFacts.Source.ASSUMED);
        now = now.plus(GRACE).minusSeconds(1);
        assertThat(counts(23)).isTrue();
        now = now.plusSeconds(1);
        assertThat(counts(23)).isFalse();
    }

    /** Two reports by turns, the second of them last. */
    private void turn(int times, PortReport first, PortReport second) {
        for (int change = 0; change < times; change++) {
            now = now.plusSeconds(30);
            reports.onAdd(change % 2 == 0 ? first : second);
        }
    }

    private static PortReport range(String range) {
        return report(range, "", "22", "agent-1");
    }

    @Test
    void aRangeThatTwoToolsFightOverCountsAsAllThatItHasBeenUntilItStandsStill() {
        nodeIsThere(Map.of());
        turn(100, range("15000-60999"), range("32768-60999"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(nodes.version()).as("changes that claims get").isLessThan(10);

        now = now.plus(DampedRange.STILL).minusSeconds(1);
        reports.advance();
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        now = now.plusSeconds(1);
        reports.advance();
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("32768-60999"));
    }

    @Test
    void aReportThatCantBeReadDoesNotEndTheDamping() {
        nodeIsThere(Map.of());
        turn(9, range("15000-60999"), range("32768-60999"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        reports.onAdd(range("70000-70001"));
        assertThat(facts().ephemeral()).as("still flapping").isEqualTo(PortSet.parse("15000-60999"));
        reports.onAdd(range("32768-60999"));
        assertThat(facts().ephemeral()).as("still flapping").isEqualTo(PortSet.parse("15000-60999"));
        podGoes("agent-1");
        reports.onDelete(range("70000-70001"), false);
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ASSUMED);
    }

    @Test
    void anotherMachineOfTheNameHasNoPartInWhatTheEarlierDid() {
        node("old", Map.of());
        turn(10, owned("old", range("15000-60999")), owned("old", range("32768-60999")));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        node("new", Map.of());
        reports.onAdd(owned("new", report("32768-60999", "", "22", "agent-2")));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("32768-60999"));
    }

    @Test
    void aFlappingNodeThatLosesItsReportBeginsAnew() {
        nodeIsThere(Map.of());
        turn(10, range("15000-60999"), range("32768-60999"));
        podGoes("agent-1");
        reports.onDelete(report("32768-60999", "", "22", "agent-1"), false);
        now = now.plus(DampedRange.STILL);
        reports.advance();
        assertThat(facts().source()).as("nothing comes back").isEqualTo(NodeFacts.Source.ASSUMED);
        pods.put("agent-2", "n");
        reports.onAdd(report("32768-60999", "", "22", "agent-2"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("32768-60999"));
    }

    @Test
    void aReportWaitsForItsNode() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        assertThat(nodes.get("n")).isEmpty();
        nodeIsThere(Map.of());
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(facts().reserved()).isEqualTo(PortSet.EMPTY);
    }

    @Test
    void saysWhereListenersCameAndWent() {
        reports.onAdd(report("15000-60999", "", "22,100", "agent-1"));
        assertThat(announced).hasSize(1);
        assertThat(announced.get(0)).contains(tcp(100), new Slot("n", Protocol.UDP, 53));
        reports.onUpdate(report("{}"), report("15000-60999", "", "22,100", "agent-1"));
        assertThat(announced).hasSize(1);
        reports.onUpdate(report("{}"), report("15000-60999", "", "22", "agent-1"));
        assertThat(announced.get(1)).containsExactly(tcp(100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ephemeralRange: 60999-15000, listeners: {}, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: 15000-99999, listeners: {}, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: 0-60999, listeners: {}, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: '15000', listeners: {}, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: 15000-60999, listeners: {tcp: 9-8}, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: 15000-60999, listeners: {tcp: x}, reporter: {namespace: a, name: b, uid: c}}",
                "{listeners: {}, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: 15000-60999, reporter: {namespace: a, name: b, uid: c}}",
                "{ephemeralRange: 15000-60999, listeners: {}}"
            })
    void aReportThatCantBeReadTakesNothingBack(String status) {
        nodeIsThere(Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000"));
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        reports.onUpdate(report("{}"), report(status));
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.REPORTED);
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(counts(22)).isTrue();
        assertThat(facts().describeUnreadable())
                .startsWith("node n: the PortReport of its agent cannot be read: status")
                .endsWith("; the last readable range is used: 15000-60999");
        reports.onUpdate(report("{}"), report("16000-60999", "", "23", "agent-1"));
        assertThat(facts().unreadable()).isEmpty();
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("16000-60999"));
        assertThat(counts(22)).isFalse();
    }

    @Test
    void aReportThatCouldNeverBeReadLeavesNoPortUsableWhateverTheAnnotationSays() {
        nodeIsThere(Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000"));
        reports.onAdd(range("60999-15000"));
        assertThat(facts().isUnknown()).isTrue();
        assertThat(facts().ephemeral()).isEqualTo(PortSet.ALL);
        reports.advance();
        reports.onUpdate(report("{}"), range("15000-60999"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(facts().unreadable()).isEmpty();
    }

    @Test
    void aReportThatCouldNeverBeReadIsForgottenWithIt() {
        nodeIsThere(Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000"));
        reports.onAdd(range("60999-15000"));
        reports.onDelete(range("60999-15000"), false);
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ANNOTATED);
        reports.onAdd(range("60999-15000"));
        reports.onUpdate(report("{}"), report("null"));
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ANNOTATED);
    }

    @Test
    void anUnreadableReportOfAnotherMachineHasNoPartInWhatTheEarlierSaid() {
        node("old", Map.of());
        reports.onAdd(owned("old", range("15000-60999")));
        node("new", Map.of());
        reports.onUpdate(report("{}"), owned("new", range("60999-15000")));
        assertThat(facts().isUnknown()).isTrue();
    }

    @Test
    void reservedPortsThatCantBeReadReserveNothingAndTheRestCounts() {
        nodeIsThere(Map.of());
        reports.onAdd(report("15000-60999", "16000", "22", "agent-1"));
        reports.onUpdate(report("{}"), report("20000-60999", "9-8", "23", "agent-1"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("20000-60999"));
        assertThat(facts().reserved()).isEqualTo(PortSet.EMPTY);
        assertThat(counts(23)).isTrue();
        assertThat(facts().describeUnreadable())
                .startsWith("node n: status.reservedPorts of the PortReport of its agent cannot be read:")
                .endsWith("; no port counts as reserved until it can be read");
    }

    @Test
    void aReportWithoutAStatusIsNoneYet() {
        nodeIsThere(Map.of());
        reports.onAdd(report("null"));
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ASSUMED);
    }

    @Test
    void listenersCountForAGraceAfterTheirReporterIsGoneAndTheRangeForEver() {
        nodeIsThere(Map.of());
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        now = now.plus(Duration.ofDays(1));
        assertThat(counts(22)).as("silence is no sign of trouble").isTrue();
        podGoes("agent-1");
        now = now.plus(GRACE).minusSeconds(1);
        assertThat(counts(22)).isTrue();
        now = now.plusSeconds(1);
        assertThat(counts(22)).isFalse();
        assertThat(announced.get(announced.size() - 1)).contains(tcp(22));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        int before = announced.size();
        reports.onUpdate(report("{}"), report("15000-60999", "", "22", "agent-1"));
        assertThat(counts(22)).as("the same report is shown again").isFalse();
        assertThat(announced).hasSize(before);
    }

    @Test
    void anAgentThatTakesThePlaceOfAnotherLeavesNoGap() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        podGoes("agent-1");
        now = now.plus(GRACE).minusSeconds(1);
        pods.put("agent-2", "n");
        reports.pods().onAdd(pod("agent-2"));
        reports.onUpdate(report("{}"), report("15000-60999", "", "22,23", "agent-2"));
        now = now.plus(Duration.ofDays(1));
        assertThat(counts(22)).isTrue();
        podGoes("agent-2");
        now = now.plus(GRACE);
        assertThat(counts(23)).isFalse();
        pods.put("agent-3", "n");
        reports.onUpdate(report("{}"), report("15000-60999", "", "22,23", "agent-3"));
        assertThat(counts(23)).as("installed again").isTrue();
    }

    @Test
    void whatAnEndedPodLeftInAReportIsNotExcusedInThatOfANewAgent() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        PortGrant ssh = new PortGrant("ssh", TransportProtocol.TCP, 22, 1);
        listeners.excuse(Assignment.at("n", List.of(ssh)), now.plus(GRACE));
        reports.onUpdate(report("{}"), report("15000-60999", "", "22,23", "agent-1"));
        assertThat(counts(22)).isFalse();
        assertThat(counts(23)).isTrue();
        pods.put("agent-2", "n");
        reports.onUpdate(report("{}"), report("15000-60999", "", "22,23", "agent-2"));
        assertThat(counts(22)).isTrue();
    }

    @Test
    void aReporterThatIsSeenLaterThanItsReportIsThere() {
        pods.clear();
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        pods.put("agent-1", "n");
        reports.pods().onAdd(pod("agent-1"));
        now = now.plus(Duration.ofDays(1));
        assertThat(counts(22)).isTrue();
        reports.pods().onUpdate(pod("agent-1"), pod("agent-1"));
        assertThat(counts(22)).isTrue();
        pods.remove("agent-1");
        reports.pods().onUpdate(pod("agent-1"), pod("another"));
        now = now.plus(GRACE);
        assertThat(counts(22)).as("another pod of the name").isFalse();
    }

    /** Else who has a node's token could have its listeners count on after the node is gone, for as long as the other is there. */
    @Test
    void aReporterOnAnotherNodeIsNone() {
        nodeIsThere(Map.of());
        pods.put("agent-2", "other");
        reports.onAdd(report("15000-60999", "", "22", "agent-2"));
        reports.pods().onAdd(pod("agent-2"));
        assertThat(counts(22)).isTrue();
        reports.onDelete(report("15000-60999", "", "22", "agent-2"), false);
        assertThat(facts().source()).as("nobody will write it again").isEqualTo(NodeFacts.Source.ASSUMED);
        now = now.plus(GRACE);
        assertThat(counts(22)).isFalse();
    }

    @Test
    void aReporterThatGetsItsNodeAfterItsReportWasSeenIsThere() {
        pods.put("agent-1", "");
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        reports.pods().onAdd(pod("agent-1"));
        pods.put("agent-1", "n");
        reports.pods().onUpdate(pod("agent-1"), pod("agent-1"));
        now = now.plus(GRACE);
        assertThat(counts(22)).isTrue();
    }

    @Test
    void aReportWithTheReportersUidAndAnotherNameHasAnotherReporter() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        PortReport renamed = report("""
                {ephemeralRange: 15000-60999, ephemeralPorts: 1, connectionsPerSecond: 1, listeners: {tcp: "22"},
                 reporter: {namespace: a, name: elsewhere, uid: agent-1}, reportedAt: "2026-01-01T00:00:00Z"}""");
        reports.onUpdate(report("{}"), renamed);
        now = now.plus(GRACE);
        assertThat(counts(22)).isFalse();
    }

    @Test
    void countsReportsThatAreAbandonedForTheGrace() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        assertThat(reports.abandoned()).isZero();
        podGoes("agent-1");
        now = now.plus(GRACE).minusSeconds(1);
        assertThat(reports.abandoned()).as("it may be replaced").isZero();
        now = now.plusSeconds(1);
        assertThat(reports.abandoned())
                .as("also on a standby, where no time passes")
                .isEqualTo(1);
        reports.advance();
        assertThat(reports.abandoned()).isEqualTo(1);
        pods.put("agent-2", "n");
        reports.onUpdate(report("{}"), report("15000-60999", "", "22", "agent-2"));
        assertThat(reports.abandoned()).isZero();
        podGoes("agent-2");
        now = now.plus(GRACE);
        assertThat(reports.abandoned()).isEqualTo(1);
        reports.onDelete(report("15000-60999", "", "22", "agent-2"), false);
        assertThat(reports.abandoned()).isZero();
    }

    @Test
    void aReportWhoseReporterWasNeverSeenCountsForTheGrace() {
        reports.onAdd(report("15000-60999", "", "22", "agent-9"));
        assertThat(counts(22)).isTrue();
        now = now.plus(GRACE);
        assertThat(counts(22)).isFalse();
    }

    /** A standby lets no time pass, and where nodes come and go all day it must not remember them all. */
    @Test
    void whatIsOverIsForgottenWithTheNextReportThatGoes() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        podGoes("agent-1");
        reports.onDelete(report("15000-60999", "", "22", "agent-1"), false);
        now = now.plus(GRACE);
        PortReport other = report("15000-60999", "", "23", "agent-2");
        other.getMetadata().setName("other");
        reports.onAdd(other);
        assertThat(listeners.isListenedOn(tcp(22))).isTrue();
        reports.onDelete(other, false);
        assertThat(listeners.isListenedOn(tcp(22))).isFalse();
        assertThat(announced.get(announced.size() - 1)).contains(tcp(22));
    }

    @Test
    void aReportOfAnEarlierNodeOfTheNameSaysNothingOfTheRange() {
        node("new", Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000"));
        reports.onAdd(owned("old", report("15000-60999", "", "22", "agent-1")));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("40000-50000"));
        assertThat(counts(22)).as("what is withheld harms nobody").isTrue();

        reports.onUpdate(report("{}"), owned("new", report("15000-60999", "", "22", "agent-1")));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        node("newer", Map.of());
        assertThat(facts().source()).isEqualTo(NodeFacts.Source.ASSUMED);
    }

    @Test
    void aReportThatNamesTheReporterOfAnotherNodeChangesNothingThere() {
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        PortReport stranger = report("15000-60999", "", "22", "agent-1");
        stranger.getMetadata().setName("stranger");
        reports.onAdd(stranger);
        reports.onDelete(stranger, false);
        podGoes("agent-1");
        now = now.plus(GRACE);
        assertThat(counts(22)).isFalse();
    }

    @Test
    void aPortThatLeavesTheRangeIsKnownToBeListenedOnBeforeItIsUsable() {
        nodeIsThere(Map.of());
        reports.onAdd(report("15000-60999", "", "22", "agent-1"));
        whenNodesChange = () -> assertThat(listeners.isListenedOn(tcp(21000))).isTrue();
        reports.onUpdate(report("{}"), report("32768-60999", "", "22,21000", "agent-1"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("32768-60999"));
        assertThat(announced.get(announced.size() - 1)).containsExactly(tcp(21000));

        reports.onUpdate(report("{}"), report("15000-60999", "", "22", "agent-1"));
        assertThat(facts().ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
        assertThat(counts(21000)).isFalse();
        assertThat(announced.get(announced.size() - 1)).containsExactly(tcp(21000));
    }

    @Test
    void prunesAllButWhoItIs() {
        PortReport kept = PortReports.prune(report("15000-60999", "", "22", "agent-1"));
        assertThat(kept.getMetadata().getName()).isEqualTo("n");
        assertThat(kept.getMetadata().getUid()).isEqualTo("u");
        assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("5");
        assertThat(kept.getStatus()).isNull();
    }
}
