package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;

/**
 * What must be unique: a port number of a protocol at a place. It covers every host IP, IPv4 and IPv6.
 *
 * @param place a node's name, or {@link Place#EVERYWHERE}
 * @param protocol the port space
 * @param port the number
 */
public record Slot(String place, Protocol protocol, int port) {
    @Override
    public String toString() {
        return port + "/" + protocol + (Place.isEverywhere(place) ? " on every node" : " on node " + place);
    }
}
