package io.portclaim.operator.allocation;

/** Follows what changes about ports. Is called while others are locked, so it must not ask them anything. */
@FunctionalInterface
interface PortFollower {
    /** The port is used in another way at {@code place}, on some protocol. */
    void portChanged(String place, int port);
}
