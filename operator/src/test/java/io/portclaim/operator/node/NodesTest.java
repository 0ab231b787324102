package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodesTest {
    private final SetClock clock = new SetClock();
    private int changes;
    private final Nodes nodes = new Nodes(clock, () -> changes++);

    private static Node node(Map<String, String> labels, Map<String, String> annotations) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName("n")
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .build();
    }

    private NodeFacts facts(Map<String, String> labels, Map<String, String> annotations) {
        nodes.onAdd(node(labels, annotations));
        return nodes.get("n").orElseThrow().facts();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "32768-60999|32768-60999",
                "32768\t60999|32768-60999",
                "32768 60999|32768-60999",
                " 32768   60999 |32768-60999",
                "32768 - 60999|32768-60999",
                "1024 -65535|1024-65535",
                "40000|40000"
            })
    void readsTheEphemeralRangeAsPeopleAndKernelsWriteIt(String text, String range) {
        assertThat(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, text)).ephemeral())
                .isEqualTo(PortSet.parse(range));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "all", "60999-32768", "1-70000", "-5", "32768--60999", "1 2 3"})
    void passesOverAnEphemeralRangeThatIsNone(String text) {
        assertThat(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, text)).ephemeral())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"8080,9148|8080,9148", "40000-40010,50000|40000-40010,50000", "''|''", "8080,|8080", "8080;9|''"})
    void readsReservedPorts(String text, String ports) {
        assertThat(facts(Map.of(), Map.of(Nodes.RESERVED_PORTS, text)).reserved())
                .isEqualTo(PortSet.parse(ports));
    }

    @Test
    void knowsWindowsByItsLabel() {
        assertThat(facts(Map.of("kubernetes.io/os", "windows"), Map.of()).windows())
                .isTrue();
        assertThat(facts(Map.of("kubernetes.io/os", "linux"), Map.of()).windows())
                .isFalse();
        assertThat(facts(Map.of(), Map.of()).windows()).isFalse();
    }

    @Test
    void aHeartbeatIsNoChange() {
        nodes.onAdd(node(Map.of("a", "1"), Map.of()));

        nodes.onUpdate(
                node(Map.of("a", "1"), Map.of()), node(Map.of("a", "1"), Map.of("some.other/annotation", "now")));

        assertThat(nodes.version()).isEqualTo(1);
        assertThat(changes).isEqualTo(1);
    }

    @Test
    void labelsAndFactsThatChangeAreAChange() {
        nodes.onAdd(node(Map.of("a", "1"), Map.of()));

        nodes.onUpdate(node(Map.of("a", "1"), Map.of()), node(Map.of("a", "2"), Map.of()));
        assertThat(nodes.version()).isEqualTo(2);
        assertThat(nodes.get("n").orElseThrow().labels()).containsEntry("a", "2");

        nodes.onAdd(node(Map.of("a", "2"), Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000")));
        assertThat(nodes.version()).isEqualTo(3);
        assertThat(changes).isEqualTo(3);

        nodes.onAdd(node(Map.of("a", "2"), Map.of(Nodes.EPHEMERAL_RANGE, "40000-50000")));
        assertThat(nodes.version()).as("a heartbeat").isEqualTo(3);
        assertThat(changes).isEqualTo(3);
    }

    @Test
    void aNodeThatGoesIsAbsentFromThenOn() {
        nodes.onAdd(node(Map.of(), Map.of()));
        Instant gone = clock.goOn(Duration.ofSeconds(60));
        nodes.onDelete(node(Map.of(), Map.of()), false);
        clock.goOn(Duration.ofSeconds(60));

        assertThat(nodes.get("n")).isEmpty();
        assertThat(nodes.all()).isEmpty();
        assertThat(nodes.version()).isEqualTo(2);
        assertThat(changes).isEqualTo(2);
        assertThat(nodes.absentSince("n")).isEqualTo(gone);
    }

    @Test
    void aNodeThatComesBackIsReadAnewAndItsAbsenceBeginsAnew() {
        nodes.onAdd(node(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "1-2")));
        nodes.onDelete(node(Map.of(), Map.of()), false);
        nodes.onAdd(node(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "3-4")));
        assertThat(nodes.get("n").orElseThrow().facts().ephemeral()).isEqualTo(PortSet.parse("3-4"));

        Instant goneAgain = clock.goOn(Duration.ofSeconds(60));
        nodes.onDelete(node(Map.of(), Map.of()), true);
        clock.goOn(Duration.ofSeconds(60));
        assertThat(nodes.absentSince("n")).isEqualTo(goneAgain);
    }

    @Test
    void aNodeThatWasNeverSeenIsAbsentSinceItWasAskedFor() {
        Instant asked = clock.instant();
        assertThat(nodes.absentSince("never")).isEqualTo(asked);
        clock.goOn(Duration.ofSeconds(60));
        assertThat(nodes.absentSince("never")).isEqualTo(asked);
    }
}
