package io.portclaim.ports;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /** The protocol that a Kubernetes object names, TCP where it names none; empty for a protocol that is not known. */
    public static Optional<Protocol> named(@Nullable String name) {
        String wanted = name == null ? TCP.name() : name;
        return Stream.of(values())
                .filter(protocol -> protocol.name().equals(wanted))
                .findFirst();
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
