package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.operator.allocation.PortGrant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Grants as the API shows them, in a status and in {@code ports.json}. */
final class AssignedPorts {
    private AssignedPorts() {}

    static List<AssignedPort> of(List<PortGrant> grants) {
        return grants.stream().map(AssignedPorts::of).toList();
    }

    private static AssignedPort of(PortGrant grant) {
        return new AssignedPort(
                grant.name(), grant.transport(), grant.port(), grant.count() == 1 ? null : grant.lastPort());
    }

    /** Reads ports back that anyone may have written: elements and their values may be missing. */
    static void read(@Nullable List<@Nullable AssignedPort> ports, String place, AssignmentCollector into) {
        if (ports == null) {
            return;
        }
        for (AssignedPort port : ports) {
            if (port != null) {
                into.add(place, port.name(), port.protocol(), port.port(), port.endPort());
            }
        }
    }
}
