package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.PortRange;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
    private final Set<Slot> slots = new HashSet<>();

    /** Whether an object's name can be a node's: a DNS subdomain (Kubernetes, Object Names and IDs). */
    static boolean isNodeName(String name) {
        return NODE_NAME.matcher(name).matches();
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
                && (Place.isEverywhere(place) || isNodeName(place))
                && port >= 1
                && last >= port
                && last <= PortRange.MAX_PORT;
        if (legal) {
            add(place, new PortGrant(name, transport, port, last - port + 1));
        }
    }

    private void add(String place, PortGrant grant) {
        Set<Slot> wanted = Assignment.at(place, List.of(grant)).slots();
        if (wanted.stream().noneMatch(slots::contains)) {
            slots.addAll(wanted);
            grants.computeIfAbsent(place, key -> new ArrayList<>()).add(grant);
        }
    }

    Assignment result() {
        return new Assignment(grants);
    }
}
