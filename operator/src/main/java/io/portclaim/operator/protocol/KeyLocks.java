package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * One piece of work at a time for each name of a claim, first come first. JOSDK promises that, but forgets it when a claim is
 * deleted and created again while it is being served. Thread-safe.
 */
public final class KeyLocks {
    private final Time time;
    /** For each name that somebody works on, those who wait. */
    private final Map<ClaimKey, Queue<Turn>> turns = new HashMap<>();

    /** One who works or waits. */
    private static final class Turn {
        private final CompletableFuture<Void> begun = new CompletableFuture<>();
    }

    public KeyLocks(Time time) {
        this.time = time;
    }

    /**
     * Does {@code work} when nobody else works on {@code key}. Work must not be nested for one key.
     *
     * @throws LeadershipLost when the thread is interrupted while it waits
     */
    public <T> T inTurn(ClaimKey key, Supplier<T> work) {
        Turn turn = enter(key);
        try {
            time.await(turn.begun);
        } catch (LeadershipLost e) {
            leave(key, turn);
            throw e;
        }
        try {
            return work.get();
        } finally {
            passOn(key);
        }
    }

    private synchronized Turn enter(ClaimKey key) {
        Turn turn = new Turn();
        Queue<Turn> waiting = turns.get(key);
        if (waiting == null) {
            turns.put(key, new ArrayDeque<>());
            turn.begun.complete(null);
        } else {
            waiting.add(turn);
        }
        return turn;
    }

    private void leave(ClaimKey key, Turn turn) {
        boolean waited;
        synchronized (this) {
            waited = turns.getOrDefault(key, new ArrayDeque<>()).remove(turn);
        }
        if (!waited) {
            // Its turn came meanwhile.
            passOn(key);
        }
    }

    private void passOn(ClaimKey key) {
        Turn next;
        synchronized (this) {
            next = turns.getOrDefault(key, new ArrayDeque<>()).poll();
            if (next == null) {
                turns.remove(key);
            }
        }
        if (next != null) {
            next.begun.complete(null);
        }
    }
}
