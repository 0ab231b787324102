package io.portclaim.operator.simulation;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Requests that are on their way to the API server. They arrive within the time of one connection, and a cooldown is longer: of one
 * that came after it nobody could know.
 */
public final class LateRequests {
    private static final long LONGEST = Duration.ofSeconds(1).toNanos();

    private final Baton baton;
    private final Random random;
    private final PriorityQueue<Request> requests = new PriorityQueue<>(Comparator.comparingLong(Request::at));

    private record Request(long at, Runnable effect) {}

    public LateRequests(Baton baton, Random random) {
        this.baton = baton;
        this.random = random;
    }

    void add(Runnable effect) {
        requests.add(new Request(baton.nanos() + (long) (random.nextDouble() * LONGEST), effect));
    }

    /** None of them arrives any more. */
    void loseAll() {
        requests.clear();
    }

    /** When the next arrives, in {@link Baton#nanos}. */
    public long next() {
        Request next = requests.peek();
        return next == null ? Long.MAX_VALUE : next.at;
    }

    public boolean isAnyDue() {
        return next() <= baton.nanos();
    }

    /** Has the next one arrive. */
    public void arrive() {
        requests.remove().effect.run();
    }
}
