package io.portclaim.operator.allocation;

import java.time.Duration;

/** How a pod has ended, as far as that is known: what becomes of its ports follows from it. */
public sealed interface PodEnd {
    /** Kubernetes' default {@code terminationGracePeriodSeconds}, for a pod of which nothing is known any more. */
    Duration DEFAULT_GRACE = Duration.ofSeconds(30);

    /** It never had a node and never will: nobody has seen its ports in use, and they are free at once. */
    record NeverRan() implements PodEnd {}

    /** All its containers are known to have ended: its ports cool, and go back to a pod of its name. */
    record Terminated() implements PodEnd {}

    /**
     * Its processes may still run, as after a forced deletion: its ports are blocked for {@code grace} before they cool, and go
     * back to nobody.
     */
    record Uncertain(Duration grace) implements PodEnd {}
}
