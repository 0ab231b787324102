package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How long to wait before what failed is tried again: longer each time, never without end. Thread-safe. */
public final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int DOUBLINGS = 6;

    private final Map<String, Integer> failures = new ConcurrentHashMap<>();

    /** Counts a failure; the result is the pause before the next try. */
    public Duration failed(String uid) {
        int before = failures.merge(uid, 1, Integer::sum) - 1;
        Duration pause = FIRST.multipliedBy(1L << Math.min(before, DOUBLINGS));
        return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    }

    /** Forgets the failures. */
    public void succeeded(String uid) {
        failures.remove(uid);
    }
}
