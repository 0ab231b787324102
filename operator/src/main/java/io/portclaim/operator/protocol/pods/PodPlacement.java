package io.portclaim.operator.protocol.pods;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a pod may run, as its object says, and what a patch has to start from. The protocol passes it on and does not read it.
 *
 * @param nodeSelector its nodeSelector
 * @param affinity its affinity as JSON; null where it has none
 * @param hasAnnotations whether it has any annotation
 */
public record PodPlacement(
        Map<String, String> nodeSelector, @Nullable String affinity, boolean hasAnnotations) {
    /** A pod that may run anywhere and has no annotations. */
    public static final PodPlacement ANYWHERE = new PodPlacement(Map.of(), null, false);

    public PodPlacement {
        nodeSelector = Map.copyOf(nodeSelector);
    }
}
