package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodesTest {
    private static final PoolRules POOL = new PoolRules(
            "all",
            PoolRules.Spec.of(PortSet.ALL)
                    .nodePorts(PortSet.EMPTY)
                    .staticBand(0)
                    .build());

    private final SetClock clock = new SetClock();
    private int changes;
    private final Nodes nodes = new Nodes(clock, change -> changes++);

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
                "40000-40000|40000"
            })
    void readsTheEphemeralRangeAsPeopleAndKernelsWriteIt(String text, String range) {
        assertThat(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, text)).ephemeral())
                .isEqualTo(PortSet.parse(range));
    }

    @Test
    void readsTheFileOfTheKernelAsItStands() {
        assertThat(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "32768\t60999\n"))
                        .ephemeral())
                .isEqualTo(PortSet.parse("32768-60999"));
    }

    @Test
    void aRangeThatWasNeverReadLeavesNoPortUsableAndTheNodeSaysWhy() {
        NodeFacts facts =
                facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "32768,60999", Nodes.RESERVED_PORTS, "40000-40009"));
        assertThat(facts.isUnknown()).isTrue();
        assertThat(POOL.usableOn(facts).isEmpty()).isTrue();
        assertThat(facts.describeUnreadable())
                .isEqualTo("node n: its annotation portclaim.io/ephemeral-port-range cannot be read: \"32768,60999\" is"
                        + " not a range: write two ends from 1 to 65535, the lower first, such as"
                        + " 32768-60999; none of its ports is assigned until it can be read");
        assertThat(facts(Map.of(), Map.of()).source())
                .as("the annotation is taken away")
                .isEqualTo(NodeFacts.Source.ASSUMED);
    }

    @Test
    void theLastRangeThatWasReadCountsUntilAnotherIs() {
        facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "15000-60999"));
        for (String text : new String[] {"32768,60999", "", "60999-15000"}) {
            NodeFacts facts = facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, text));
            assertThat(facts.ephemeral()).isEqualTo(PortSet.parse("15000-60999"));
            assertThat(facts.source()).isEqualTo(NodeFacts.Source.ANNOTATED);
            assertThat(facts.describeUnreadable())
                    .contains('"' + text + '"', "the last readable range is used: 15000-60999");
        }
        assertThat(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "20000-20009")).unreadable())
                .isEmpty();
        facts(Map.of(), Map.of());
        assertThat(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "x")).isUnknown())
                .as("what was read before the annotation was taken away")
                .isTrue();
    }

    @Test
    void whatAnEarlierMachineOfTheNameSaidDoesNotCount() {
        Node first = node(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "15000-60999"));
        first.getMetadata().setUid("1");
        nodes.onAdd(first);
        Node second = node(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "x"));
        second.getMetadata().setUid("2");
        nodes.onUpdate(first, second);
        assertThat(nodes.get("n").orElseThrow().facts().isUnknown()).isTrue();
    }

    /** Whatever is written there: what is not two ascending ends makes no port usable that was not usable before. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void textThatIsNoRangeNeverMakesAPortUsable(long seed) {
        MalformedRanges texts = new MalformedRanges(new Random(seed));
        int malformed = 0;
        for (int round = 0; round < 300; round++) {
            PortSet before = POOL.usableOn(facts(Map.of(), Map.of()));
            if (round % 3 == 1) {
                before = POOL.usableOn(facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "15000-60999")));
            }
            String text = texts.next();
            PortSet after = POOL.usableOn(facts(
                    Map.of(),
                    round % 2 == 0
                            ? Map.of(Nodes.EPHEMERAL_RANGE, text)
                            : Map.of(Nodes.EPHEMERAL_RANGE, text, Nodes.RESERVED_PORTS, "15000;16000")));
            if (!MalformedRanges.areTwoAscendingEnds(text)) {
                malformed++;
                assertThat(after.minus(before).isEmpty())
                        .as("usable because of \"%s\" (seed %d)", text, seed)
                        .isTrue();
            }
        }
        assertThat(malformed).isGreaterThan(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8080,9148|8080,9148",
                "40000-40010,50000|40000-40010,50000",
                "''|''",
                "8080,|8080",
                "8080;9|''",
                "9-8|''"
            })
    void readsReservedPorts(String text, String ports) {
        assertThat(facts(Map.of(), Map.of(Nodes.RESERVED_PORTS, text)).reserved())
                .isEqualTo(PortSet.parse(ports));
    }

    @Test
    void reservedPortsThatCantBeReadReserveNothingAndTheNodeSaysSo() {
        facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "15000-60999", Nodes.RESERVED_PORTS, "15080"));
        NodeFacts facts =
                facts(Map.of(), Map.of(Nodes.EPHEMERAL_RANGE, "15000-60999", Nodes.RESERVED_PORTS, "15080;15081"));
        assertThat(facts.reserved()).isEqualTo(PortSet.EMPTY);
        assertThat(facts.describeUnreadable())
                .isEqualTo("node n: its annotation portclaim.io/reserved-ports cannot be read: \"15080;15081\" is not a"
                        + " list of ports: write ports and ranges, separated by commas, such as"
                        + " 15080,15443-15450; no port counts as reserved until it can be read");
        assertThat(POOL.whyNotUsable(15080, facts).orElseThrow())
                .contains("choose a port outside that range; the node may reserve it already, but its annotation")
                .doesNotContain("net.ipv4");
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
