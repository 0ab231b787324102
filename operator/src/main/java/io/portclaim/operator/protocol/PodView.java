package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.Set;

/** Which ConfigMaps pods read; the answers may be seconds old. Thread-safe. */
public interface PodView {
    /** Whether a live pod reads the ConfigMap of this name, or is about to. */
    boolean isRead(ClaimKey map);

    /** The ConfigMaps that live pods can't start without. */
    Set<ClaimKey> requiredMaps();

    /**
     * Records which ConfigMaps pods may have read a released number from.
     *
     * @param vanished the ConfigMaps that pods have read and that do not exist
     * @param ofOperator the {@link io.portclaim.operator.allocation.ConfigMapId} of each of the operator's
     */
    void suspects(Set<ClaimKey> vanished, Set<Long> ofOperator);
}
