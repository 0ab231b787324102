package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.List;

/**
 * A port, or a block of ports, that a claim holds at a place.
 *
 * @param name the name in the claim's spec
 * @param transport what it is held on
 * @param port the first number, 1 to 65535
 * @param count how many numbers, at least 1
 */
public record PortGrant(String name, TransportProtocol transport, int port, int count) {
    public PortGrant {
        if (port < 1 || count < 1 || port + count - 1 > PortRange.MAX_PORT) {
            throw new IllegalArgumentException("no block of %d ports starts at %d".formatted(count, port));
        }
    }

    /** The last number of the block. */
    public int lastPort() {
        return port + count - 1;
    }

    /** The numbers of the block. */
    public PortRange range() {
        return new PortRange(port, lastPort());
    }

    /** Whether it has {@code number} in the port space of {@code protocol}. */
    boolean covers(Protocol protocol, int number) {
        return port <= number && number <= lastPort() && protocols().contains(protocol);
    }

    /** Whether it shares a number with {@code other} in a port space. */
    boolean overlaps(PortGrant other) {
        return port <= other.lastPort()
                && other.port <= lastPort()
                && protocols().stream().anyMatch(other.protocols()::contains);
    }

    /** Its first {@code length} numbers, at most as many as it has. */
    PortGrant first(int length) {
        return new PortGrant(name, transport, port, Math.min(length, count));
    }

    /** Each of its slots at a place as a grant of its own. */
    List<PortGrant> singles() {
        List<PortGrant> singles = new ArrayList<>(count * protocols().size());
        for (int number = port; number <= lastPort(); number++) {
            for (Protocol protocol : protocols()) {
                singles.add(new PortGrant(name, TransportProtocol.valueOf(protocol.name()), number, 1));
            }
        }
        return singles;
    }

    /** The port spaces it takes its numbers in. */
    public List<Protocol> protocols() {
        return Protocol.of(transport);
    }
}
