package io.portclaim.operator.faults;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A port or block of ports, as an observer reads it from a status or a ConfigMap.
 *
 * @param transport TCP, UDP, SCTP or TCPUDP
 * @param first its (first) number
 * @param last its last number
 */
record Grant(String transport, int first, int last) {
    /** The place of ports that are held on every node. */
    static final String EVERYWHERE = "*";

    /**
     * A number on a node.
     *
     * @param place the node, or {@link #EVERYWHERE}
     * @param protocol TCP, UDP or SCTP
     * @param port the number
     */
    record Slot(String place, String protocol, int port) {}

    List<String> protocols() {
        return transport.equals("TCPUDP") ? List.of("TCP", "UDP") : List.of(transport);
    }

    IntStream numbers() {
        return IntStream.rangeClosed(first, last);
    }

    Stream<Slot> slots(String place) {
        return numbers().boxed().flatMap(port -> protocols().stream().map(protocol -> new Slot(place, protocol, port)));
    }

    boolean overlaps(Grant other) {
        return first <= other.last
                && other.first <= last
                && protocols().stream().anyMatch(other.protocols()::contains);
    }

    @Override
    public String toString() {
        return first + (last == first ? "" : "-" + last) + "/" + transport;
    }
}
