package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.PodRequest;
import io.portclaim.operator.allocation.Refusal;

/** Decides whether a pod may be given ports. Thread-safe. */
public interface PodAdmitter {
    /** What became of a pod. */
    sealed interface Admitted {
        /** It may have ports. */
        record Request(PodRequest request) implements Admitted {}

        /** It has to wait. */
        record Refused(Refusal refusal) implements Admitted {}
    }

    /** Admits the pod to the pool of its claim. */
    Admitted admit(ClaimPod pod);

    /** The nodes that matter to a pod with ports of {@code pool}; of a pool that does not exist, none is eligible. */
    PodRequest.Candidates candidates(ClaimPod pod, String pool);
}
