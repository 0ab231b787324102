package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which changes of nodes are told, and which of them change what nodes say of their ports. */
class ChangedFactsTest {
    private final List<Boolean> told = new ArrayList<>();
    private final Nodes nodes = new Nodes(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), told::add);

    private static Node node(String name, String ephemeral, String row) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withAnnotations(Map.of(Nodes.EPHEMERAL_RANGE, ephemeral))
                .withLabels(Map.of("row", row))
                .endMetadata()
                .build();
    }

    @Test
    void oneMoreOfAKnownKindChangesNoFacts() {
        nodes.onAdd(node("a", "32768-60999", "x"));
        nodes.onAdd(node("b", "32768-60999", "x"));
        nodes.onAdd(node("c", "10000-60999", "x"));
        assertThat(told).containsExactly(true, false, true);
    }

    @Test
    void anotherRangeChangesFactsAndAnotherLabelDoesNot() {
        Node a = node("a", "32768-60999", "x");
        nodes.onAdd(a);
        nodes.onAdd(node("b", "10000-60999", "x"));
        told.clear();
        nodes.onUpdate(a, node("a", "32768-60999", "y"));
        nodes.onUpdate(a, node("a", "10000-60999", "y"));
        nodes.onUpdate(a, node("a", "10000-60999", "y"));
        assertThat(told).containsExactly(false, true);
    }

    @Test
    void onlyTheLastOfItsKindChangesFactsWhenItGoes() {
        Node a = node("a", "10000-60999", "x");
        Node b = node("b", "10000-60999", "x");
        nodes.onAdd(a);
        nodes.onAdd(b);
        nodes.onAdd(node("c", "32768-60999", "x"));
        told.clear();
        nodes.onDelete(a, false);
        nodes.onDelete(b, false);
        nodes.onDelete(b, false);
        assertThat(told).containsExactly(false, true);
    }
}
