package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.claim.WantedNodes.NodeTerm;
import io.portclaim.operator.protocol.Claim;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The claims of scope Node by the nodes that they may be for: by name, by a label that their selector requires, or by pool. A claim is
 * registered before its nodes are looked at, so that a change either is part of what is seen then, or finds the claim here.
 * Thread-safe.
 */
final class ClaimsByNode {
    private final Map<String, Registered> claims = new HashMap<>();
    private final Map<String, Set<NodeTerm>> termsOf = new HashMap<>();
    private final Map<NodeTerm, Set<Registered>> byTerm = new HashMap<>();

    /**
     * A claim as it was last looked at.
     *
     * @param pool the pool that serves it; "" while none does
     * @param wanted which of the pool's nodes it is for
     */
    record Registered(String uid, ClaimKey key, String pool, WantedNodes wanted) {}

    /** Records that the nodes which {@code claim} is for are about to be looked at, as the pool of this name serves them. */
    void register(Claim claim, @Nullable String pool) {
        if (claim.isClusterWide() || claim.isPerPod()) {
            return;
        }
        Registered now = new Registered(
                claim.uid(), claim.key(), Objects.requireNonNullElse(pool, ""), WantedNodes.of(claim.spec()));
        register(now);
    }

    private synchronized void register(Registered now) {
        if (!now.equals(claims.get(now.uid))) {
            replace(now.uid, now);
        }
    }

    /** Forgets the claims that are gone; locked, because one that comes back registers again. */
    synchronized void prune(Predicate<String> isThere) {
        claims.keySet().stream().filter(uid -> !isThere.test(uid)).toList().forEach(this::forget);
    }

    private void replace(String uid, Registered now) {
        forget(uid);
        Set<NodeTerm> terms = fewest(now);
        terms.forEach(
                term -> byTerm.computeIfAbsent(term, key -> new HashSet<>()).add(now));
        termsOf.put(uid, terms);
        claims.put(uid, now);
    }

    private void forget(String uid) {
        Registered before = claims.remove(uid);
        Set<NodeTerm> terms = termsOf.remove(uid);
        if (before != null && terms != null) {
            terms.forEach(term ->
                    byTerm.computeIfPresent(term, (key, all) -> all.remove(before) && all.isEmpty() ? null : all));
        }
    }

    /** By what the claim shares with the fewest others: the operating system is no good reason to look at it. */
    private Set<NodeTerm> fewest(Registered claim) {
        return claim.wanted.terms(claim.pool).stream()
                .min(Comparator.comparingInt(terms ->
                        terms.stream().mapToInt(term -> in(term).size()).sum()))
                .orElseThrow();
    }

    /** The claims that are found by any of {@code terms}. */
    synchronized Set<Registered> of(Collection<NodeTerm> terms) {
        Set<Registered> found = new HashSet<>();
        terms.forEach(term -> found.addAll(in(term)));
        return found;
    }

    private Set<Registered> in(NodeTerm term) {
        return byTerm.getOrDefault(term, Set.of());
    }
}
