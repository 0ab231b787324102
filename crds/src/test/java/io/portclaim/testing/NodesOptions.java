package io.portclaim.testing;

import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link NodesCluster} is started with: nodes {@code node-1}, {@code node-2}, … with the settings given here.
 *
 * @param nodes how many, at least 1
 * @param words further options of {@code dev/cluster up}
 */
public record NodesOptions(int nodes, List<String> words) {
    public NodesOptions {
        words = List.copyOf(words);
    }

    /** Nodes with Linux' own settings: the ephemeral range 32768-60999, nothing reserved, no labels. */
    public static NodesOptions of(int nodes) {
        return new NodesOptions(nodes, List.of());
    }

    /**
     * Sets a node's ephemeral range, in its kernel and in its annotation.
     *
     * @param range like {@code 15000-25000}
     */
    public NodesOptions ephemeralRange(String node, String range) {
        return with("--ephemeral-range", node + "=" + range);
    }

    /**
     * Reserves ports of a node's ephemeral range, in its kernel and in its annotation.
     *
     * @param ports like {@code 15080,15090-15099}
     */
    public NodesOptions reservedPorts(String node, String ports) {
        return with("--reserved-ports", node + "=" + ports);
    }

    /** Gives a node a label. */
    public NodesOptions label(String node, String key, String value) {
        return with("--node-label", node + "=" + key + "=" + value);
    }

    /** Has {@link NodesCluster#auditLog()} written. */
    public NodesOptions audit() {
        return with("--audit");
    }

    private NodesOptions with(String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return new NodesOptions(nodes, all);
    }
}
