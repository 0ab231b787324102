package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.Refusal;

/** Is called with what becomes of pods, for metrics and events. Thread-safe. */
public interface PodObserver {
    /** The pod has its ports, which came from {@code pool}. */
    void served(ClaimPod pod, String pool);

    /** The pod waits for a reason that it did not wait for before. */
    void refused(ClaimPod pod, Refusal refusal);

    /** The pod could not be served now. */
    void failed();
}
