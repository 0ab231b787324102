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
    private final Map<ClaimKey, Queue<CompletableFuture<Void>>> turns = new HashMap<>();

    public KeyLocks(Time time) {
        this.time = time;
    }

    /**
     * Does {@code work} when nobody else works on {@code key}. Work must not be nested for one key.
     *
     * @throws LeadershipLost when the thread is interrupted while it waits
     */
    public <T> T inTurn(ClaimKey key, Supplier<T> work) {
        CompletableFuture<Void> turn = enter(key);
        try {
            time.await(turn);
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

    private synchronized CompletableFuture<Void> enter(ClaimKey key) {
        Queue<CompletableFuture<Void>> waiting = turns.get(key);
        if (waiting == null) {
            turns.put(key, new ArrayDeque<>());
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> turn = new CompletableFuture<>();
        waiting.add(turn);
        return turn;
    }

    private void leave(ClaimKey key, CompletableFuture<Void> turn) {
        boolean waited;
        synchronized (this) {
            waited = turns.getOrDefault(key, new ArrayDeque<>()).removeIf(waiting -> waiting == turn);
        }
        if (!waited) {
            // Its turn came meanwhile.
            passOn(key);
        }
    }

    private void passOn(ClaimKey key) {
        CompletableFuture<Void> next;
        synchronized (this) {
            next = turns.getOrDefault(key, new ArrayDeque<>()).poll();
            if (next == null) {
                turns.remove(key);
            }
        }
        if (next != null) {
            next.complete(null);
        }
    }
}
