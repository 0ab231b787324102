package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One port, or block, that a claim asks for.
 *
 * @param name unique within the claim
 * @param transport what it is asked for on
 * @param port this very (first) number, or null for any
 * @param count the length of the block, at least 1
 * @param alignment what the first number is a multiple of, at least 1
 */
public record RequestedPort(
        String name, TransportProtocol transport, @Nullable Integer port, int count, int alignment) {

    /** An ask for which any first number will do, or {@code port}. */
    public RequestedPort(String name, TransportProtocol transport, @Nullable Integer port, int count) {
        this(name, transport, port, count, 1);
    }

    /** Whether {@code grant} is what is asked for here. */
    public boolean isMetBy(PortGrant grant) {
        return isContinuedBy(grant) && grant.count() == count && isAligned(grant.port());
    }

    /**
     * Whether {@code grant} was given for this ask, or for one that an edit has changed in no more than its length and its
     * alignment: its first number stays.
     */
    boolean isContinuedBy(PortGrant grant) {
        return grant.name().equals(name) && grant.transport() == transport && (port == null || port == grant.port());
    }

    /** Whether a block may start at {@code first}. */
    boolean isAligned(int first) {
        return first % alignment == 0;
    }

    /** Whether the block ends in the port space when it starts at {@code first}. */
    boolean fitsAt(int first) {
        return first <= PortRange.MAX_PORT - count + 1;
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
