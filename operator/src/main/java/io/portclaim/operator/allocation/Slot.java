package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;

/**
 * What must be unique: a port number of a protocol at a place. It covers every host IP, IPv4 and IPv6.
 *
 * @param place a node's name, {@link Place#EVERYWHERE} or {@link Place#SOMEWHERE}
 * @param protocol the port space
 * @param port the number
 */
public record Slot(String place, Protocol protocol, int port) {
    /** Whether it is the same port on a node that both may mean. */
    boolean overlaps(Slot other) {
        return protocol == other.protocol
                && port == other.port
                && (place.equals(other.place) || !Place.isNode(place) || !Place.isNode(other.place));
    }

    @Override
    public String toString() {
        String where = switch (place) {
            case Place.EVERYWHERE -> "every node";
            case Place.SOMEWHERE -> "some node";
            default -> "node " + place;
        };
        return port + "/" + protocol + " on " + where;
    }
}
