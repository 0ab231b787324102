package io.portclaim.api.v1alpha1;

import java.util.Arrays;
import java.util.Optional;

/** Why a condition is as it is: stable words for programs, each described in {@code docs/reasons.md}. */
public enum Reason {
    /** The claim has all its ports. */
    ASSIGNED("Assigned"),
    /** The ports stand in the claim's ConfigMap. */
    PUBLISHED("Published"),
    /** Nothing is known that would keep a process from listening on the ports. */
    USABLE("Usable"),
    /** The claim has no ports yet, so nothing can be said of them. */
    NOT_ASSIGNED("NotAssigned"),
    /** The named pool does not exist. */
    POOL_NOT_FOUND("PoolNotFound"),
    /** The claim names no pool and no pool is the default. */
    NO_DEFAULT_POOL("NoDefaultPool"),
    /** The pool exists but what it says can't be followed. */
    POOL_INVALID("PoolInvalid"),
    /** The pool does not serve the claim's namespace. */
    NAMESPACE_NOT_ALLOWED("NamespaceNotAllowed"),
    /** The claim, or its namespace, asks for more than the pool allows. */
    LIMIT_EXCEEDED("LimitExceeded"),
    /** No port, or no block of that length, is free. */
    POOL_EXHAUSTED("PoolExhausted"),
    /** The port asked for is held, cooling, declared by a pod or Service, or listened on. */
    PORT_TAKEN("PortTaken"),
    /** The port asked for must not be given out. */
    PORT_NOT_USABLE("PortNotUsable"),
    /** The named node does not exist. */
    NODE_NOT_FOUND("NodeNotFound"),
    /** No node matches both the claim and the pool. */
    NO_MATCHING_NODE("NoMatchingNode"),
    /** The claim covers more nodes than one status and one ConfigMap should. */
    TOO_MANY_NODES("TooManyNodes"),
    /** A ConfigMap of that name exists and is not this claim's. */
    CONFIG_MAP_CONFLICT("ConfigMapConflict"),
    /** The API server refused the ConfigMap (quota, policy, a namespace that is going). */
    CONFIG_MAP_REFUSED("ConfigMapRefused"),
    /** Scope Pod: pods wait for ports, and not because the pool is full. */
    PODS_WAITING("PodsWaiting"),
    /** Scope Pod: the operator does not serve it, because the policies that it needs are not installed. */
    POD_SCOPE_DISABLED("PodScopeDisabled"),
    /** Another claim was found to hold the same port and keeps it. */
    CONFLICTED("Conflicted"),
    /** Usable: the port lies in the ephemeral range of a node that it is held on. */
    IN_EPHEMERAL_RANGE("InEphemeralRange"),
    /** Usable: the pool no longer offers the port. */
    OUTSIDE_POOL("OutsidePool"),
    /** Usable: a pod of another namespace, a Service, or a process that no pod of the claim explains, uses the port too. */
    HELD_BY_OTHERS("HeldByOthers"),
    /** PortPool: it can give out ports. */
    SERVING("Serving"),
    /** PortPool: no node matches its selector. */
    NO_NODES("NoNodes"),
    /** PortPool: its ranges minus what must not be given out are empty. */
    NO_USABLE_PORTS("NoUsablePorts"),
    /** PortPool: some of its ports are left out on some nodes. */
    RANGES_OVERLAP("RangesOverlap"),
    /** PortPool: none of its ports lies in a node's ephemeral range. */
    NO_OVERLAP("NoOverlap"),
    /** PortPool: ephemeral ranges are not looked at, as its policy says. */
    IGNORED("Ignored"),
    /** PortPool: at least one of its nodes has no free port. */
    NODE_FULL("NodeFull"),
    /** PortPool: every one of its nodes has free ports, but no number is free on all of them. */
    NO_CLUSTER_NUMBERS("NoClusterNumbers"),
    /** PortPool: every one of its nodes has free ports. */
    PORTS_AVAILABLE("PortsAvailable"),
    /** PortPool: what a node, or its agent, says of its ports can't be read. */
    NODE_UNREADABLE("NodeUnreadable"),
    /** PortPool: what its nodes and their agents say of their ports can be read. */
    NODES_READABLE("NodesReadable"),
    /** PortReport: connections to one destination hold nearly all ephemeral ports of the node. */
    DESTINATION_NEARLY_FULL("DestinationNearlyFull"),
    /** PortReport: no destination comes near the number of ephemeral ports. */
    EPHEMERAL_PORTS_FREE("EphemeralPortsFree");

    private final String text;

    Reason(String text) {
        this.text = text;
    }

    /** The reason that {@code text}, as it stands in a condition, means; empty when it is none that this version knows. */
    public static Optional<Reason> of(String text) {
        return Arrays.stream(values())
                .filter(reason -> reason.text.equals(text))
                .findFirst();
    }

    /** The word as it stands in a condition. */
    public String text() {
        return text;
    }

    /** Whether waiting does not heal it: the condition {@code Stalled} stands while an object is refused for it. */
    public boolean stalls() {
        return switch (this) {
            case CONFLICTED,
                    POOL_INVALID,
                    NAMESPACE_NOT_ALLOWED,
                    POD_SCOPE_DISABLED,
                    LIMIT_EXCEEDED,
                    PORT_NOT_USABLE,
                    TOO_MANY_NODES,
                    CONFIG_MAP_CONFLICT -> true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
