package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.Collection;
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

    /** The overlaps of a pool with its nodes, the one with the most nodes first; whatever the pool's policy. */
    public static List<EphemeralOverlap> of(PoolRules pool, Collection<NodeFacts> nodes) {
        Map<Kind, List<String>> kinds = new LinkedHashMap<>();
        for (NodeFacts node : nodes) {
            // Of a node whose range can't be read nobody knows what it lends; another condition names it.
            if (node.isUnknown()) {
                continue;
            }
            Kind kind = new Kind(pool.ephemeralOf(node), node.reserved(), node.source(), node.windows());
            kinds.computeIfAbsent(kind, key -> new ArrayList<>()).add(node.name());
        }
        List<EphemeralOverlap> overlaps = new ArrayList<>();
        kinds.forEach((kind, names) -> {
            PortSet ports = pool.base().intersection(kind.range().minus(kind.reserved()));
            if (!ports.isEmpty()) {
                String first = names.stream().min(Comparator.naturalOrder()).orElseThrow();
                overlaps.add(
                        new EphemeralOverlap(ports, kind.range(), kind.source(), kind.windows(), names.size(), first));
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
