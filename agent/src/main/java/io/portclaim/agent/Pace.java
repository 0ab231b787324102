package io.portclaim.agent;

/**
 * Says when to look again, so that looking takes {@link #SHARE} of a CPU in the long run: after a short look soon, after
 * long ones seldom. For one thread.
 */
final class Pace {
    static final long SHORTEST_MILLIS = 2_000;
    /** So that what has changed is known within this time, on a node with more sockets than the share allows for too. */
    static final long LONGEST_MILLIS = 30_000;
    /** 3 ms of CPU time a second, so that the whole process stays below 5 millicores: docs/image.md. */
    static final double SHARE = 0.003;
    /** What may be saved up: a minute's share, so that a start and a few long looks cost no time. */
    private static final double MOST_SAVED_NANOS = SHARE * 60e9;

    private double savedNanos = MOST_SAVED_NANOS;
    private long countedAt;
    private long lookAt;

    Pace(long nowMillis) {
        this.countedAt = nowMillis;
        this.lookAt = nowMillis;
    }

    boolean isDue(long nowMillis) {
        // A clock that was set back must not stop it.
        return nowMillis >= lookAt || nowMillis < countedAt;
    }

    /** Takes what a look has cost. */
    void looked(long nowMillis, long cpuNanos) {
        double earned = Math.max(0, nowMillis - countedAt) * 1e6 * SHARE;
        savedNanos = Math.min(MOST_SAVED_NANOS, savedNanos + earned) - cpuNanos;
        countedAt = nowMillis;
        // Until the next one can be paid for, if it costs the same.
        double debt = cpuNanos - savedNanos;
        long pause = (long) (debt / SHARE / 1e6);
        lookAt = nowMillis + Math.min(LONGEST_MILLIS, Math.max(SHORTEST_MILLIS, pause));
        savedNanos = Math.max(savedNanos, -MOST_SAVED_NANOS);
    }
}
