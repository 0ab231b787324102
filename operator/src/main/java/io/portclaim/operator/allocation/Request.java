package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.List;

/**
 * What a claim asks for, with everything that a decision about it needs.
 *
 * @param uid the claim's UID
 * @param key the claim's name
 * @param created when the claim was created
 * @param version the claim's resourceVersion
 * @param pool the pool that serves it
 * @param configMapName where its ports will be published
 * @param requestedPorts the ports, at least one, names unique
 * @param targets the places where it wants them
 * @param wished what it gets where that is still free and allowed, like a port that it names, and rather what comes first; what it
 *     does not ask for counts for nothing
 */
public record Request(
        String uid,
        ClaimKey key,
        Instant created,
        long version,
        PoolRules pool,
        String configMapName,
        List<RequestedPort> requestedPorts,
        List<Target> targets,
        Assignment wished) {

    /** A request without a wish. */
    public Request(
            String uid,
            ClaimKey key,
            Instant created,
            long version,
            PoolRules pool,
            String configMapName,
            List<RequestedPort> requestedPorts,
            List<Target> targets) {
        this(uid, key, created, version, pool, configMapName, requestedPorts, targets, Assignment.NONE);
    }

    /**
     * A place where ports are wanted.
     *
     * @param place a node, or {@link Place#EVERYWHERE}
     * @param nodes the node's facts; for every node: one of each profile of the pool's nodes
     * @param count how many nodes these stand for, which only messages use
     */
    public record Target(String place, List<NodeFacts> nodes, int count) {
        /** A place of no more nodes than are given. */
        public Target(String place, List<NodeFacts> nodes) {
            this(place, nodes, nodes.size());
        }
    }

    /** The same request, which wishes {@code first} more than what it wished before. */
    public Request wishing(Assignment first) {
        if (first.isEmpty()) {
            return this;
        }
        Assignment both = first.before(wished);
        return new Request(uid, key, created, version, pool, configMapName, requestedPorts, targets, both);
    }

    /** How many numbers are asked for, whatever the protocol and the number of nodes. */
    public int numbers() {
        return requestedPorts.stream().mapToInt(RequestedPort::count).sum();
    }
}
