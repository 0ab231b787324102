package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.ports.PortRange;
import io.portclaim.operator.ports.Protocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gathers an assignment from text that anyone may have written. What can't be a grant is left out, so that no name ends
 * up in a shell's hands that is not a port's, and no slot is counted twice.
 */
final class AssignmentCollector {
    /** The rule for {@code spec.ports[].name} in the claim's schema. */
    private static final Pattern PORT_NAME = Pattern.compile("[a-z](?:[-a-z0-9]{0,13}[a-z0-9])?");

    private static final Pattern NODE_NAME =
            Pattern.compile("(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*");

    private final SortedMap<String, List<PortGrant>> grants = new TreeMap<>();
    private final Map<String, Map<Protocol, BitSet>> numbers = new HashMap<>();
    private final Scope scope;

    AssignmentCollector(Scope scope) {
        this.scope = scope;
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
        boolean legal = PORT_NAME.matcher(name).matches()
                && isPlace(place)
                && port >= 1
                && last >= port
                && last <= PortRange.MAX_PORT;
        if (legal) {
            add(place, new PortGrant(name, transport, port, last - port + 1));
        }
    }

    private void add(String place, PortGrant grant) {
        Map<Protocol, BitSet> here = numbers.computeIfAbsent(place, key -> new EnumMap<>(Protocol.class));
        List<BitSet> wanted = grant.protocols().stream()
                .map(protocol -> here.computeIfAbsent(protocol, key -> new BitSet()))
                .toList();
        if (wanted.stream()
                .allMatch(taken -> taken.get(grant.port(), grant.lastPort() + 1).isEmpty())) {
            wanted.forEach(taken -> taken.set(grant.port(), grant.lastPort() + 1));
            grants.computeIfAbsent(place, key -> new ArrayList<>()).add(grant);
        }
    }

    Assignment result() {
        return new Assignment(grants);
    }
}
