package io.portclaim.operator.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.operator.protocol.pods.PodService;

/** Passes pods that concern the protocol on to it, with the state in which they go. Thread-safe. */
public final class PodWatch implements ResourceEventHandler<Pod> {
    private final PodService service;

    /** Passes them to {@code service}. */
    public PodWatch(PodService service) {
        this.service = service;
    }

    @Override
    public void onAdd(Pod pod) {
        if (PodReader.concerns(pod) || service.knows(pod.getMetadata().getUid())) {
            service.seen(PodReader.read(pod));
        }
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
        if (!before.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
            service.missing(before.getMetadata().getUid());
        }
        onAdd(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean finalStateUnknown) {
        // A list that has it no more may be older than the pod, and has no more of it than who it was.
        if (finalStateUnknown || pod.getSpec() == null) {
            service.missing(pod.getMetadata().getUid());
        } else if (PodReader.concerns(pod) || service.knows(pod.getMetadata().getUid())) {
            service.deleted(PodReader.read(pod), true);
        }
    }
}
