package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;

/**
 * What a watch of pods has to keep in memory: who they are, and where. A spec for the node's name alone would take more than all
 * else that is kept of a pod.
 */
final class KnownPod extends Pod {
    private static final long serialVersionUID = 1;

    private final String node;

    private KnownPod(String node) {
        this.node = node;
    }

    /** What is kept of {@code pod}. */
    static KnownPod of(Pod pod) {
        String node = pod.getSpec() == null ? null : pod.getSpec().getNodeName();
        // Each event brings a string of its own for a name that many pods have.
        KnownPod kept = new KnownPod(Objects.requireNonNullElse(node, "").intern());
        kept.setMetadata(PrunedStore.identity(pod));
        return kept;
    }

    /** Its node's name; empty while it has none. */
    String node() {
        return node;
    }
}
