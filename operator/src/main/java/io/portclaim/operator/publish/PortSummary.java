package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** An assignment in a line, as {@code http=21080, game=21100-21103/UDP}. */
final class PortSummary {
    /** A column of {@code kubectl get} that is longer helps nobody; the schema takes 4096. */
    private static final int MAX_LENGTH = 1000;
    /** How many numbers of one port are named before the rest is only counted. */
    private static final int MAX_NUMBERS = 3;

    /** How many ranges of a set are named. */
    private static final int MAX_RANGES = 8;

    private PortSummary() {}

    static String of(Assignment assignment, Collection<String> places) {
        Map<String, Map<PortGrant, Integer>> byName = new LinkedHashMap<>();
        for (String place : places) {
            for (PortGrant grant : assignment.at(place)) {
                byName.computeIfAbsent(grant.name(), name -> new LinkedHashMap<>())
                        .merge(grant, 1, Integer::sum);
            }
        }
        List<String> ports = new ArrayList<>();
        byName.forEach((name, grants) -> ports.add(name + "=" + numbers(grants)));
        return shorten(ports);
    }

    /** A grant's number or block, with its protocol unless that is TCP. */
    static String of(PortGrant grant) {
        return grant.range() + (grant.transport() == TransportProtocol.TCP ? "" : "/" + grant.transport());
    }

    /** A set's first ranges; a node may have reserved any number of ports, and a message has an end. */
    static String of(PortSet ports) {
        List<PortRange> ranges = ports.ranges();
        String first =
                ranges.stream().limit(MAX_RANGES).map(PortRange::toString).collect(Collectors.joining(","));
        return ranges.size() > MAX_RANGES ? first + ",…" : first;
    }

    /** How many nodes, in words. */
    static String nodes(int count) {
        return count == 1 ? "1 node" : count + " nodes";
    }

    private static String numbers(Map<PortGrant, Integer> grants) {
        if (grants.size() == 1) {
            return of(grants.keySet().iterator().next());
        }
        List<Map.Entry<PortGrant, Integer>> byUse = grants.entrySet().stream()
                .sorted(Map.Entry.<PortGrant, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparingInt(entry -> entry.getKey().port())
                        .thenComparing(entry -> of(entry.getKey())))
                .toList();
        List<String> parts = new ArrayList<>();
        for (Map.Entry<PortGrant, Integer> use : byUse.subList(0, Math.min(MAX_NUMBERS, byUse.size()))) {
            String count =
                    parts.isEmpty() ? nodes(use.getValue()) : use.getValue().toString();
            parts.add(of(use.getKey()) + " on " + count);
        }
        int others =
                byUse.stream().skip(MAX_NUMBERS).mapToInt(Map.Entry::getValue).sum();
        if (others > 0) {
            parts.add("others on " + others);
        }
        return String.join(", ", parts);
    }

    private static String shorten(List<String> ports) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < ports.size(); i++) {
            if (line.length() + ports.get(i).length() > MAX_LENGTH) {
                return line.append(", and %d more".formatted(ports.size() - i)).toString();
            }
            line.append(i == 0 ? "" : ", ").append(ports.get(i));
        }
        return line.toString();
    }

    /** Where a claim has its ports, as the rest of a sentence. */
    static String where(List<String> places) {
        if (places.size() == 1) {
            return Place.isEverywhere(places.get(0)) ? "on every node" : "on node " + places.get(0);
        }
        return "on each of " + nodes(places.size());
    }
}
