package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.PortGrant;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Consumer;

/** Pods in the API server. Thread-safe. */
public interface PodApi {
    /**
     * The pod that bears the name now, from the quorum; empty only where the API server says that none does.
     *
     * @throws IllegalStateException when nothing can be said of it now
     * @throws java.io.UncheckedIOException when no answer came
     */
    Optional<ClaimPod> read(String namespace, String name);

    /**
     * Calls {@code visitor} with every pod that has the label or carries ports, none of them older than this call.
     *
     * @throws IOException when they can't all be listed now
     */
    void list(Consumer<ClaimPod> visitor) throws IOException;

    /** What became of a patch. */
    sealed interface Answer {
        /** The pod carries the ports, and its gate is gone. */
        record Published(ClaimPod pod) implements Answer {}

        /** The pod is another than the one that the patch was made for: its gate is gone, its object has changed, or it is gone. */
        record Moved(String why) implements Answer {}

        /** Another try may succeed. */
        record Failed(String why) implements Answer {}
    }

    /** What a pod gets: in one patch with the removal of its gate, which tests the UID and the gate. */
    record Ports(String pool, List<PortGrant> grants, SortedSet<String> leftOut) {}

    /**
     * Publishes the pod's ports.
     *
     * @throws java.io.UncheckedIOException when no answer came: what became of it is then not known
     */
    Answer publish(ClaimPod pod, Ports ports);
}
