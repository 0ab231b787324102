package io.portclaim.operator.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Requests that are on their way to the API server. They arrive within the time of one connection, and a cooldown is longer: of one
 * that came after it nobody could know.
 */
final class LateRequests {
    private static final long LONGEST = Duration.ofSeconds(1).toNanos();

    private final Baton baton;
    private final Random random;
    private final List<Request> requests = new ArrayList<>();

    private record Request(long at, Runnable effect) {}

    LateRequests(Baton baton, Random random) {
        this.baton = baton;
        this.random = random;
    }

    void add(Runnable effect) {
        requests.add(new Request(baton.nanos() + (long) (random.nextDouble() * LONGEST), effect));
    }

    /** When the next arrives, in {@link Baton#nanos}. */
    long next() {
        return requests.stream().mapToLong(Request::at).min().orElse(Long.MAX_VALUE);
    }

    boolean isAnyDue() {
        return next() <= baton.nanos();
    }

    /** Has the next one arrive. */
    void arrive() {
        long next = next();
        for (Request request : requests) {
            if (request.at == next) {
                requests.remove(request);
                request.effect.run();
                return;
            }
        }
    }
}
