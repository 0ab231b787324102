package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gathers an assignment from text that anyone may have written. What can't be a grant, or is not believed, is left out, so
 * that no name ends up in a shell's hands that is not a port's, and no slot is counted twice. It takes memory for each grant
 * that it keeps, and for none of its numbers.
 */
final class AssignmentCollector {
    /** The rule for {@code spec.ports[].name} in the claim's schema. */
    private static final Pattern PORT_NAME = Pattern.compile("[a-z](?:[-a-z0-9]{0,13}[a-z0-9])?");

    private static final Pattern NODE_NAME =
            Pattern.compile("(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*");

    private final SortedMap<String, List<PortGrant>> grants = new TreeMap<>();
    /** The first and last number of each block at a place, none of which share a number. */
    private final Map<String, Map<Protocol, NavigableMap<Integer, Integer>>> blocks = new HashMap<>();

    private final Scope scope;
    private final Believed believed;

    AssignmentCollector(Scope scope, Believed believed) {
        this.scope = scope;
        this.believed = believed;
    }

    /** Whether there may be a port of this name; where not, nothing that is added under it is kept. */
    boolean believesName(String name) {
        return PORT_NAME.matcher(name).matches() && believed.name(name);
    }

    /** Whether anything may be held at {@code place}; where not, nothing that is added there is kept. */
    boolean believes(String place) {
        return isPlace(place) && believed.place(place);
    }

    /** A node's name is a DNS subdomain (Kubernetes, Object Names and IDs). */
    private boolean isPlace(String place) {
        return scope == Scope.CLUSTER
                ? Place.isEverywhere(place)
                : NODE_NAME.matcher(place).matches();
    }

    /** Adds a grant; does nothing where a value is missing or makes no sense, or a slot was added before. */
    void add(
            String place,
            @Nullable String name,
            @Nullable TransportProtocol transport,
            @Nullable Integer port,
            @Nullable Integer endPort) {
        if (name == null || transport == null || port == null) {
            return;
        }
        int last = endPort == null ? port : endPort;
        boolean legal =
                believesName(name) && believes(place) && port >= 1 && last >= port && last <= PortRange.MAX_PORT;
        if (legal) {
            // Claims have few names and nodes between them, and each status was read into strings of its own.
            add(place.intern(), new PortGrant(name.intern(), transport, port, last - port + 1));
        }
    }

    private void add(String place, PortGrant grant) {
        if (grant.protocols().stream().anyMatch(protocol -> overlaps(place, protocol, grant))
                || !believed.grant(place, grant)) {
            return;
        }
        Map<Protocol, NavigableMap<Integer, Integer>> here =
                blocks.computeIfAbsent(place, key -> new EnumMap<>(Protocol.class));
        for (Protocol protocol : grant.protocols()) {
            here.computeIfAbsent(protocol, key -> new TreeMap<>()).put(grant.port(), grant.lastPort());
        }
        grants.computeIfAbsent(place, key -> new ArrayList<>()).add(grant);
    }

    private boolean overlaps(String place, Protocol protocol, PortGrant grant) {
        NavigableMap<Integer, Integer> taken =
                blocks.getOrDefault(place, Map.of()).getOrDefault(protocol, Collections.emptyNavigableMap());
        Map.Entry<Integer, Integer> below = taken.floorEntry(grant.lastPort());
        return below != null && below.getValue() >= grant.port();
    }

    Assignment result() {
        return new Assignment(grants);
    }
}
