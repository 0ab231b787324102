package io.portclaim.operator.pod;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodApi;

/** What the operator reads of a pod and writes to it, for tests of other packages. */
public final class PodObjects {
    /** The label that names the claim of a pod. */
    public static final String CLAIM_LABEL = PodReader.CLAIM_LABEL;
    /** The gate of a pod that waits for ports. */
    public static final String GATE = PodReader.GATE;

    private PodObjects() {}

    /** The pod as the protocol has it. */
    public static ClaimPod read(Pod pod) {
        return PodReader.read(pod);
    }

    /** The patch that gives {@code pod} its ports, from a pool of all nodes. */
    public static JsonNode patch(ClaimPod pod, PodApi.Ports ports) {
        return PodPatch.of(pod, ports, null);
    }
}
