package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Node;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.PortSets;
import io.portclaim.ports.Quoted;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a node's annotations say of its own use of ports. A range that can't be read never makes a port usable: the one
 * that was read last from this very node counts on, and where there was none, no port of the node is usable.
 */
final class NodeAnnotations {
    private static final Logger LOG = LoggerFactory.getLogger(NodeAnnotations.class);

    private final PortSets sets;

    NodeAnnotations(PortSets sets) {
        this.sets = sets;
    }

    /**
     * The facts that {@code node} states.
     *
     * @param before those of the same node as it was before; null where it was not known
     */
    NodeFacts read(Node node, @Nullable NodeFacts before) {
        Map<String, String> annotations =
                Objects.requireNonNullElse(node.getMetadata().getAnnotations(), Map.of());
        Map<String, String> labels =
                Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of());
        String name = node.getMetadata().getName();
        boolean windows = "windows".equals(labels.get("kubernetes.io/os"));
        List<Unreadable> unreadable = new ArrayList<>();
        @Nullable String text = annotations.get(Nodes.EPHEMERAL_RANGE);
        @Nullable PortSet ephemeral = text == null ? null : range(text, unreadable);
        boolean isUnreadable = text != null && ephemeral == null;
        if (isUnreadable && before != null && before.source() == NodeFacts.Source.ANNOTATED) {
            ephemeral = before.ephemeral();
        }
        PortSet reserved = reserved(annotations.get(Nodes.RESERVED_PORTS), unreadable);
        if (before == null || !before.unreadable().equals(unreadable)) {
            unreadable.forEach(found -> LOG.warn("Node {}: {}", name, found.why()));
        }
        if (isUnreadable && ephemeral == null) {
            return NodeFacts.unknown(name, windows, unreadable);
        }
        return new NodeFacts(
                name,
                ephemeral,
                reserved,
                windows,
                ephemeral == null ? NodeFacts.Source.ASSUMED : NodeFacts.Source.ANNOTATED,
                unreadable);
    }

    private @Nullable PortSet range(String text, List<Unreadable> unreadable) {
        try {
            return sets.unique(PortSet.of(PortRange.parseTwoEnds(text)));
        } catch (IllegalArgumentException e) {
            unreadable.add(
                    unreadable(Unreadable.Fact.EPHEMERAL_RANGE, Nodes.EPHEMERAL_RANGE, String.valueOf(e.getMessage())));
            return null;
        }
    }

    private PortSet reserved(@Nullable String text, List<Unreadable> unreadable) {
        try {
            return text == null ? PortSet.EMPTY : sets.unique(PortSet.parse(text));
        } catch (IllegalArgumentException e) {
            unreadable.add(unreadable(
                    Unreadable.Fact.RESERVED_PORTS,
                    Nodes.RESERVED_PORTS,
                    "%s is not a list of ports: write ports and ranges, separated by commas, such as 15080,15443-15450"
                            .formatted(Quoted.of(text))));
            return PortSet.EMPTY;
        }
    }

    private static Unreadable unreadable(Unreadable.Fact fact, String annotation, String why) {
        return new Unreadable(fact, "its annotation %s cannot be read: %s".formatted(annotation, why));
    }
}
