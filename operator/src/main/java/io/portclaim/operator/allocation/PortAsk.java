package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.ports.Protocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One port, or block, that a claim asks for.
 *
 * @param name unique within the claim
 * @param transport what it is asked for on
 * @param port this very (first) number, or null for any
 * @param count the length of the block, at least 1
 */
public record PortAsk(
        String name, TransportProtocol transport, @Nullable Integer port, int count) {

    /** Whether {@code grant} is what is asked for here. */
    public boolean isMetBy(PortGrant grant) {
        return grant.name().equals(name)
                && grant.transport() == transport
                && grant.count() == count
                && (port == null || port == grant.port());
    }

    /** The port spaces it asks for a number in. */
    public List<Protocol> protocols() {
        return Protocol.of(transport);
    }

    /** The grant of the block that starts at {@code first}. */
    public PortGrant at(int first) {
        return new PortGrant(name, transport, first, count);
    }
}
