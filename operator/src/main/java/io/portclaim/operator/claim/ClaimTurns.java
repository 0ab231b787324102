package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.NamespaceShares;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has each claim served when its namespace has a worker left of its {@linkplain NamespaceShares share}. JOSDK serves whatever comes
 * first: a claim that has no worker gives its thread back at once and is requeued when one is free, so that it costs the claims of
 * other namespaces no time. Thread-safe.
 */
final class ClaimTurns {
    private final NamespaceShares shares;
    private final Consumer<ClaimKey> requeue;
    /** Of each namespace those that had no worker, the longest-waiting first. */
    private final Map<String, Set<ClaimKey>> waiting = new HashMap<>();

    /** Shares so many threads; {@code requeue} has a claim come again. */
    ClaimTurns(int threads, Consumer<ClaimKey> requeue) {
        this.shares = new NamespaceShares(threads);
        this.requeue = requeue;
    }

    /** Serves the claim; empty where its namespace has no worker for it now, and it comes again. */
    <T> Optional<T> serve(ClaimKey claim, Supplier<T> work) {
        if (!enter(claim)) {
            return Optional.empty();
        }
        try {
            return Optional.of(work.get());
        } finally {
            leave(claim.namespace()).forEach(requeue);
        }
    }

    /**
     * Requeues those that there are workers for: a claim that was requeued may have been deleted, and then nobody gives its worker
     * back and asks for the next.
     */
    void tick() {
        next().forEach(requeue);
    }

    private synchronized List<ClaimKey> next() {
        return List.copyOf(waiting.keySet()).stream()
                .flatMap(namespace -> next(namespace).stream())
                .toList();
    }

    private synchronized boolean enter(ClaimKey claim) {
        String namespace = claim.namespace();
        if (!shares.enter(namespace)) {
            waiting.computeIfAbsent(namespace, name -> new LinkedHashSet<>()).add(claim);
            return false;
        }
        waiting.computeIfPresent(namespace, (name, claims) -> without(claim, claims));
        return true;
    }

    private static @Nullable Set<ClaimKey> without(ClaimKey claim, Set<ClaimKey> claims) {
        claims.remove(claim);
        return claims.isEmpty() ? null : claims;
    }

    /** Gives the worker back; the result are the claims that there is one for now. */
    private synchronized List<ClaimKey> leave(String namespace) {
        shares.leave(namespace);
        return next(namespace);
    }

    private List<ClaimKey> next(String namespace) {
        List<ClaimKey> next = waiting.getOrDefault(namespace, Set.of()).stream()
                .limit(shares.left(namespace))
                .toList();
        waiting.computeIfPresent(namespace, (name, claims) -> {
            next.forEach(claims::remove);
            return claims.isEmpty() ? null : claims;
        });
        return next;
    }
}
