package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.NodeKinds;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Ports of a pool that nodes of one kind may lend to outgoing connections.
 *
 * @param ports the ports: in the nodes' ephemeral range and not kernel-reserved there
 * @param range that ephemeral range
 * @param source where the range is known from
 * @param windows whether the nodes run Windows
 * @param nodes how many nodes there are of this kind
 * @param example the first of them by name
 */
public record EphemeralOverlap(
        PortSet ports, PortSet range, NodeFacts.Source source, boolean windows, int nodes, String example) {

    private record Kind(PortSet range, PortSet reserved, NodeFacts.Source source, boolean windows) {}

    private record Found(int nodes, String first) {
        Found and(Found other) {
            return new Found(nodes + other.nodes, first.compareTo(other.first) <= 0 ? first : other.first);
        }
    }

    /** The overlaps of a pool with its nodes, the one with the most nodes first; whatever the pool's policy. */
    public static List<EphemeralOverlap> of(PoolRules pool, NodeKinds nodes) {
        Map<Kind, Found> kinds = new LinkedHashMap<>();
        for (NodeKinds.Kind alike : nodes.kinds()) {
            NodeFacts node = alike.example();
            // Of a node whose range can't be read nobody knows what it lends; another condition names it.
            if (!node.isUnknown()) {
                kinds.merge(
                        new Kind(pool.ephemeralOf(node), node.reserved(), node.source(), node.windows()),
                        new Found(alike.nodes(), node.name()),
                        Found::and);
            }
        }
        List<EphemeralOverlap> overlaps = new ArrayList<>();
        kinds.forEach((kind, found) -> {
            PortSet ports = pool.base().intersection(kind.range().minus(kind.reserved()));
            if (!ports.isEmpty()) {
                overlaps.add(new EphemeralOverlap(
                        ports, kind.range(), kind.source(), kind.windows(), found.nodes, found.first));
            }
        });
        overlaps.sort(Comparator.comparing(EphemeralOverlap::nodes, Comparator.reverseOrder())
                .thenComparing(EphemeralOverlap::example));
        return List.copyOf(overlaps);
    }

    /** As part of a sentence: which ports, on how many nodes, and why. */
    String describe() {
        return "%d %s (%s) on %s, %s, with the ephemeral range %s (%s)"
                .formatted(
                        ports.size(),
                        ports.size() == 1 ? "port" : "ports",
                        PortSummary.of(ports),
                        PortSummary.nodes(nodes).replace(" ", windows ? " Windows " : " Linux "),
                        nodes == 1 ? example : "such as " + example,
                        PortSummary.of(range),
                        sourceText());
    }

    private String sourceText() {
        return switch (source) {
            case REPORTED -> nodes == 1 ? source.text() : "reported by their agents";
            case ANNOTATED -> nodes == 1 ? source.text() : "from their annotations";
            case ASSUMED, UNREADABLE -> source.text();
        };
    }
}
