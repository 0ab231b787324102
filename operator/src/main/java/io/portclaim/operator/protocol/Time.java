package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * How time passes for the protocol, and how its threads wait. In a process a thread blocks; in a simulation another one runs
 * meanwhile. Implementations are thread-safe.
 */
public interface Time {
    /** Steady time in ns, from an arbitrary origin. */
    long nanos();

    /**
     * Waits until {@code done} is complete, normally or not.
     *
     * @throws LeadershipLost when the thread is interrupted, as when the operator stops
     */
    void await(CompletableFuture<?> done);

    /**
     * The same, for no longer than {@code atMost}.
     *
     * @return whether it is complete
     */
    boolean await(CompletableFuture<?> done, Duration atMost);
}
