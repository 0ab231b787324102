package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portclaim.testing.SetClock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodesByLabelTest {
    private static final List<String> LABELS = List.of("zone", "disk", "gpu");
    private static final List<String> VALUES = List.of("a", "b", "c");

    private final Nodes nodes = new Nodes(new SetClock(), change -> {});
    private final Map<String, Map<String, String>> labels = new HashMap<>();

    private static Node node(String name, Map<String, String> labels) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build();
    }

    private Set<String> having(String label, List<String> values) {
        return labels.entrySet().stream()
                .filter(node -> values.contains(node.getValue().getOrDefault(label, "")))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void itHasWhatEveryNodeWouldBeAskedFor(long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < 400; step++) {
            String name = "n" + random.nextInt(5);
            if (random.nextInt(3) == 0) {
                labels.remove(name);
                nodes.onDelete(node(name, Map.of()), false);
            } else {
                Map<String, String> now = new HashMap<>();
                LABELS.stream()
                        .filter(label -> random.nextInt(3) == 0)
                        .forEach(label -> now.put(label, VALUES.get(random.nextInt(3))));
                labels.put(name, now);
                nodes.onAdd(node(name, now));
            }
            // A label that is asked about at some times only is indexed at some times only.
            LABELS.stream().filter(label -> random.nextInt(4) == 0).forEach(label -> compare(label, seed));
        }
    }

    private void compare(String label, long seed) {
        for (String value : VALUES) {
            assertThat(nodes.byLabel().having(label, value))
                    .as("seed %d", seed)
                    .isEqualTo(having(label, List.of(value)))
                    .hasSize(nodes.byLabel().count(label, value));
        }
        assertThat(nodes.byLabel().having(label))
                .as("seed %d", seed)
                .isEqualTo(having(label, VALUES))
                .hasSize(nodes.byLabel().count(label));
    }
}
