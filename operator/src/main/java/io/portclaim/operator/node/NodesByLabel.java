package io.portclaim.operator.node;

import io.portclaim.operator.node.Nodes.KnownNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The nodes by the labels that are asked about. A label that nodes have is indexed when it is first asked about, for they have many
 * that nobody reads; one that no node has takes no room, whatever selectors name. Thread-safe.
 */
public final class NodesByLabel {
    private final Map<String, KnownNode> nodes;
    private final Map<String, Integer> nodesWith = new HashMap<>();
    private final Map<String, Map<String, Set<String>>> byLabel = new HashMap<>();

    /** Of {@code nodes}, none yet, which may change at any time, if {@link #changed} is called then. */
    NodesByLabel(Map<String, KnownNode> nodes) {
        this.nodes = nodes;
    }

    /** Records a change that {@code nodes} has already. */
    synchronized void changed(NodeChange change) {
        Map<String, String> before = labels(change.before());
        Map<String, String> after = labels(change.after());
        Set<String> labels =
                Stream.of(before, after).flatMap(all -> all.keySet().stream()).collect(Collectors.toSet());
        for (String label : labels) {
            @Nullable String valueBefore = before.get(label);
            @Nullable String valueAfter = after.get(label);
            if (valueBefore != null && !valueBefore.equals(valueAfter)) {
                remove(label, valueBefore, change.name());
            }
            if (valueAfter != null && !valueAfter.equals(valueBefore)) {
                nodesWith.merge(label, 1, Integer::sum);
                byLabel.computeIfPresent(label, (key, values) -> add(values, valueAfter, change.name()));
            }
        }
    }

    private void remove(String label, String value, String node) {
        byLabel.computeIfPresent(label, (key, values) -> {
            values.computeIfPresent(value, (had, names) -> names.remove(node) && names.isEmpty() ? null : names);
            return values;
        });
        if (nodesWith.merge(label, -1, Integer::sum) == 0) {
            nodesWith.remove(label);
            byLabel.remove(label);
        }
    }

    private static Map<String, Set<String>> add(Map<String, Set<String>> values, String value, String node) {
        values.computeIfAbsent(value, key -> new HashSet<>()).add(node);
        return values;
    }

    private static Map<String, String> labels(@Nullable KnownNode node) {
        return node == null ? Map.of() : node.labels();
    }

    /** The names of the nodes that have the label with this value. */
    public synchronized Set<String> having(String label, String value) {
        return Set.copyOf(values(label).getOrDefault(value, Set.of()));
    }

    /** How many nodes have the label with this value. */
    public synchronized int count(String label, String value) {
        return values(label).getOrDefault(value, Set.of()).size();
    }

    /** The names of the nodes that have the label, whatever its value. */
    public synchronized Set<String> having(String label) {
        Set<String> names = new HashSet<>();
        values(label).values().forEach(names::addAll);
        return names;
    }

    /** How many nodes have the label. */
    public synchronized int count(String label) {
        return nodesWith.getOrDefault(label, 0);
    }

    private Map<String, Set<String>> values(String label) {
        return nodesWith.containsKey(label) ? byLabel.computeIfAbsent(label, this::index) : Map.of();
    }

    private Map<String, Set<String>> index(String label) {
        Map<String, Set<String>> values = new HashMap<>();
        nodes.forEach((name, node) -> {
            @Nullable String value = node.labels().get(label);
            if (value != null) {
                add(values, value, name);
            }
        });
        return values;
    }
}
