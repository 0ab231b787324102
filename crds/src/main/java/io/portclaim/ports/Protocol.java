package io.portclaim.ports;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.List;

/** A transport protocol; each has a port space of its own on every node. */
public enum Protocol {
    TCP(6),
    UDP(17),
    SCTP(132);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    private static final List<Protocol> TCP_AND_UDP = List.of(TCP, UDP);

    /** Its number in the IP header (IANA, Assigned Internet Protocol Numbers), below 256. */
    public int number() {
        return number;
    }

    /** The port spaces that a request on {@code transport} takes a number in. */
    public static List<Protocol> of(TransportProtocol transport) {
        return switch (transport) {
            case TCP -> List.of(TCP);
            case UDP -> List.of(UDP);
            case SCTP -> List.of(SCTP);
            case TCPUDP -> TCP_AND_UDP;
        };
    }
}
