package io.portclaim.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * A port, or block of ports, that a claim holds.
 *
 * @param name the name in the claim's spec
 * @param protocol the protocol it is held on
 * @param port the (first) number
 * @param endPort the last number of a block; absent for a single port
 */
public record AssignedPort(
        String name,
        TransportProtocol protocol,
        Integer port,
        @Nullable Integer endPort) {}
