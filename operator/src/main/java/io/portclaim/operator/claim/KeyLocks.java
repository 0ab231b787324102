package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One piece of work at a time for each name of a claim. JOSDK promises that, but forgets it when a claim is deleted and made
 * again while it is being looked at. Thread-safe.
 */
final class KeyLocks {
    private final Map<ClaimKey, Turn> turns = new ConcurrentHashMap<>();

    private static final class Turn {
        final ReentrantLock lock = new ReentrantLock(true);
        int waiting;
    }

    /** Does {@code work} when nobody else works on {@code key}; work may be nested. */
    <T> T inTurn(ClaimKey key, Supplier<T> work) {
        Turn turn = turns.compute(key, (name, present) -> {
            Turn joined = present == null ? new Turn() : present;
            joined.waiting++;
            return joined;
        });
        turn.lock.lock();
        try {
            return work.get();
        } finally {
            turn.lock.unlock();
            turns.computeIfPresent(key, (name, present) -> --present.waiting == 0 ? null : present);
        }
    }
}
