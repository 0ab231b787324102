package io.portclaim.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * One named port, or block of ports, that a claim asks for.
 *
 * @param name a DNS label that starts with a letter, at most 15 characters
 * @param protocol TCP (the default), UDP, SCTP, or TCPUDP for one number on both
 * @param port this very port or nothing; absent: the pool chooses
 * @param count the length of a contiguous block; default 1
 */
public record PortRequest(
        String name, TransportProtocol protocol, @Nullable Integer port, Integer count) {}
