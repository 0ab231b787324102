package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.PortSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a node's use of its own ports.
 *
 * @param name the node
 * @param ephemeral its ephemeral range as the node told it ({@code net.ipv4.ip_local_port_range}), or null where it has
 *     not
 * @param reserved the ports that its kernel keeps from automatic choice ({@code net.ipv4.ip_local_reserved_ports})
 * @param windows whether it runs Windows, whose default range differs
 */
public record NodeFacts(String name, @Nullable PortSet ephemeral, PortSet reserved, boolean windows) {

    /** Whether both nodes use their ports alike, so that the same ports are usable on both. */
    public boolean likeness(NodeFacts other) {
        return windows == other.windows
                && reserved.equals(other.reserved)
                && (ephemeral == null ? other.ephemeral == null : ephemeral.equals(other.ephemeral));
    }
}
