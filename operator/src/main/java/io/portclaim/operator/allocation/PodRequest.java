package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pod with ports of its own asks for, with everything that a decision about it needs.
 *
 * @param uid the pod's UID
 * @param key the name under which its ports are held
 * @param created when the pod was created
 * @param pool the pool that serves its claim
 * @param requestedPorts the ports, at least one, names unique, without numbers
 * @param boundTo the one node that the pod can run on, which is one of the pool's; null where the scheduler chooses
 * @param nodes the nodes
 * @param takesNewNode whether a pod for which no node has ports may wait for a node that joins later
 */
public record PodRequest(
        String uid,
        ClaimKey key,
        Instant created,
        PoolRules pool,
        List<RequestedPort> requestedPorts,
        @Nullable String boundTo,
        Candidates nodes,
        boolean takesNewNode) {

    /**
     * The nodes that matter to a pod.
     *
     * @param ofPool the pool's nodes, by name
     * @param eligible those of them that the pod's own selector and affinity match
     * @param hostnames the value of the hostname label of each node of the cluster that has one of its own
     */
    public record Candidates(
            Map<String, NodeFacts> ofPool, Map<String, NodeFacts> eligible, Map<String, String> hostnames) {}

    /** What the pod's numbers would publish, were they in a ConfigMap: no ConfigMap has such a name. */
    String mapName() {
        return key.name();
    }

    /** The same as a request at {@code targets}. */
    Request at(List<Request.Target> targets) {
        return new Request(uid, key, created, 0, pool, mapName(), requestedPorts, targets);
    }
}
