package io.portclaim.operator.protocol.pods;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a pod may run, as its object says, and what a patch has to start from. The protocol passes it on and does not read it.
 *
 * @param nodeSelector its nodeSelector
 * @param affinity its affinity as JSON; null where it has none
 * @param hasAnnotations whether it has any annotation
 * @param isTooLong whether that is more than is kept of a pod, so that it is not here
 */
public record PodPlacement(
        Map<String, String> nodeSelector, @Nullable String affinity, boolean hasAnnotations, boolean isTooLong) {
    /** A pod that may run anywhere and has no annotations. */
    public static final PodPlacement ANYWHERE = new PodPlacement(Map.of(), null, false);
    /** Of a pod that says more about it than is kept. */
    public static final PodPlacement TOO_LONG = new PodPlacement(Map.of(), null, false, true);

    public PodPlacement {
        nodeSelector = Map.copyOf(nodeSelector);
    }

    /** A placement that is kept. */
    public PodPlacement(Map<String, String> nodeSelector, @Nullable String affinity, boolean hasAnnotations) {
        this(nodeSelector, affinity, hasAnnotations, false);
    }
}
