package io.portclaim.operator.protocol;

import java.time.Duration;

/** Runs work on threads of its own. Thread-safe. */
public interface Background {
    /** Runs {@code work} soon; returns false where nothing is run any more. */
    boolean run(Runnable work);

    /** As {@link #run(Runnable)}, where {@code namespace} may not keep the work of others waiting. */
    default boolean run(String namespace, Runnable work) {
        return run(work);
    }

    /** How much is done at once at most. */
    default int workers() {
        return Integer.MAX_VALUE;
    }

    /** Runs {@code work} after {@code pause}, unless nothing is run any more by then. */
    void runAfter(Duration pause, Runnable work);

    /** Takes no more work, and waits for what was taken, for no longer than {@code atMost}; returns whether all of it has ended. */
    boolean finish(Duration atMost);
}
