package io.portclaim.operator.allocation;

import java.time.Duration;
import java.util.Set;

/** What live pods use; the answers may be seconds old. Implementations are thread-safe. */
public interface PodUse {
    /** How long after a ConfigMap has changed a kubelet may still give its earlier data to a new pod (its cache's time to live is 60 s). */
    Duration KUBELET_LAG = Duration.ofMinutes(1);

    /**
     * Whether a live pod at the release's place declares its port, or reads the ConfigMap that published it and was created
     * before that ceased to name it, or within {@link #KUBELET_LAG} after.
     */
    boolean stillUses(Release release);

    /** The places where a live pod does so; for a release at {@link Place#SOMEWHERE}, whose own place says nothing. */
    default Set<String> usedAt(Release release) {
        return stillUses(release) ? Set.of(Place.EVERYWHERE) : Set.of();
    }
}
