package io.portclaim.api.v1alpha1;

/** What a port is asked for on. */
public enum TransportProtocol {
    TCP,
    UDP,
    SCTP,
    /** One number on both TCP and UDP. */
    TCPUDP
}
