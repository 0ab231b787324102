package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.NamespaceShares;
import io.portclaim.operator.protocol.Time;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Has each claim served when its namespace has a worker left of its {@linkplain NamespaceShares share}. JOSDK serves whatever comes
 * first. Where the namespace's claims are served quickly, a claim without a worker waits for the next one; where they are not, it
 * gives its thread back at once and is requeued when there is a worker, so that it costs the claims of other namespaces no time.
 * Thread-safe.
 */
final class ClaimTurns {
    /** Longer than it takes to serve a claim, but for a moment in which the API server is busy. */
    private static final Duration PATIENCE = Duration.ofMillis(50);
    /** How long a namespace counts as slow in which a claim has waited for longer than that. */
    private static final Duration SLOW = Duration.ofSeconds(10);

    private final NamespaceShares shares;
    private final Consumer<ClaimKey> requeue;
    private final Time time;
    /** Of each namespace the threads that wait, the longest-waiting first. */
    private final Map<String, Queue<Turn>> waiting = new HashMap<>();
    /** Of each namespace the claims that gave their threads back, the longest-waiting first. */
    private final Map<String, Set<ClaimKey>> parked = new HashMap<>();
    /** Of each namespace the claims that were requeued and have not come yet: there are workers for these, and no more. */
    private final Map<String, Set<ClaimKey>> called = new HashMap<>();

    private final Map<String, Long> slowUntil = new HashMap<>();

    /** A thread that has a worker for its claim, waits for one, or has failed to get one. */
    private static final class Turn {
        private final CompletableFuture<Void> begun = new CompletableFuture<>();
    }

    /** Shares so many threads; {@code requeue} has a claim come again. */
    ClaimTurns(int threads, Consumer<ClaimKey> requeue, Time time) {
        this.shares = new NamespaceShares(threads);
        this.requeue = requeue;
        this.time = time;
    }

    /**
     * Serves the claim; empty where its namespace has no worker for it now, and it comes again.
     *
     * @throws LeadershipLost when the thread is interrupted while it waits
     */
    <T> Optional<T> serve(ClaimKey claim, Supplier<T> work) {
        Turn turn = enter(claim);
        if (!isGiven(turn, claim)) {
            return Optional.empty();
        }
        try {
            return Optional.of(work.get());
        } finally {
            leave(claim.namespace()).forEach(requeue);
        }
    }

    /** Begins when the claim has a worker; fails where it must not wait for one. */
    private synchronized Turn enter(ClaimKey claim) {
        String namespace = claim.namespace();
        remove(called, claim);
        Turn turn = new Turn();
        if (shares.enter(namespace)) {
            remove(parked, claim);
            turn.begun.complete(null);
            return turn;
        }
        if (isSlow(namespace)) {
            park(claim);
            turn.begun.completeExceptionally(new IllegalStateException("the namespace is slow"));
            return turn;
        }
        waiting.computeIfAbsent(namespace, name -> new ArrayDeque<>()).add(turn);
        return turn;
    }

    private boolean isGiven(Turn turn, ClaimKey claim) {
        try {
            if (!turn.begun.isDone()) {
                time.await(turn.begun, PATIENCE);
            }
        } catch (LeadershipLost e) {
            if (!giveUp(turn, claim)) {
                leave(claim.namespace()).forEach(requeue);
            }
            throw e;
        }
        return turn.begun.isDone() ? !turn.begun.isCompletedExceptionally() : !giveUp(turn, claim);
    }

    /** False where the claim was given a worker meanwhile. */
    private synchronized boolean giveUp(Turn turn, ClaimKey claim) {
        String namespace = claim.namespace();
        if (turn.begun.isDone()) {
            return turn.begun.isCompletedExceptionally();
        }
        waiting.computeIfPresent(namespace, (name, turns) -> turns.remove(turn) && turns.isEmpty() ? null : turns);
        slowUntil.put(namespace, time.nanos() + SLOW.toNanos());
        park(claim);
        return true;
    }

    private boolean isSlow(String namespace) {
        return slowUntil.computeIfPresent(namespace, (name, until) -> until - time.nanos() > 0 ? until : null) != null;
    }

    private void park(ClaimKey claim) {
        parked.computeIfAbsent(claim.namespace(), name -> new LinkedHashSet<>()).add(claim);
    }

    private static void remove(Map<String, Set<ClaimKey>> from, ClaimKey claim) {
        from.computeIfPresent(
                claim.namespace(), (name, claims) -> claims.remove(claim) && claims.isEmpty() ? null : claims);
    }

    /** A claim that is gone does not come again, and keeps nobody waiting behind it. */
    synchronized void gone(ClaimKey claim) {
        remove(parked, claim);
        remove(called, claim);
    }

    /** Gives the worker back; the result are the claims that there is one for now. */
    private synchronized List<ClaimKey> leave(String namespace) {
        shares.leave(namespace);
        return next(namespace);
    }

    /**
     * Gives workers to those that there are some for: others may have left their shares, and of a claim that was requeued and is gone
     * nobody gives one back and asks for the next.
     */
    void tick() {
        all().forEach(requeue);
    }

    private synchronized List<ClaimKey> all() {
        called.clear();
        slowUntil.values().removeIf(until -> until - time.nanos() <= 0);
        return Stream.concat(waiting.keySet().stream(), parked.keySet().stream()).distinct().toList().stream()
                .flatMap(namespace -> next(namespace).stream())
                .toList();
    }

    private List<ClaimKey> next(String namespace) {
        Queue<Turn> turns = waiting.getOrDefault(namespace, new ArrayDeque<>());
        while (!turns.isEmpty() && shares.enter(namespace)) {
            turns.remove().begun.complete(null);
        }
        if (turns.isEmpty()) {
            waiting.remove(namespace);
        }
        int coming = called.getOrDefault(namespace, Set.of()).size();
        List<ClaimKey> next = parked.getOrDefault(namespace, Set.of()).stream()
                .limit(Math.max(0, shares.left(namespace) - coming))
                .toList();
        next.forEach(claim -> {
            remove(parked, claim);
            called.computeIfAbsent(namespace, name -> new HashSet<>()).add(claim);
        });
        return next;
    }
}
