package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.protocol.Claim;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Since when processes listen on claims' ports that no pod explains. One is believed only once it has stood for a while: when
 * a pod restarts, its node's report and the news of the pod are some seconds apart. Only claims that have such listeners take
 * room in it. Thread-safe.
 */
final class UnexplainedListeners {
    /** Longer than a pod's default time to end (30 s, terminationGracePeriodSeconds) and an agent's look at its node after it. */
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** When a claim that was to be looked at, and was not, is named again. */
    private static final Duration REMINDER = Duration.ofSeconds(5);

    private final Clock clock;
    private final Map<String, Watched> claims = new HashMap<>();

    /**
     * The listeners on one claim's ports.
     *
     * @param since since when each is known, by its slot on its node
     * @param nextLook when the next of them has stood for long enough; null when all have
     */
    private record Watched(
            ClaimKey key,
            Map<Slot, Instant> since,
            @Nullable Instant nextLook) {}

    UnexplainedListeners(Clock clock) {
        this.clock = clock;
    }

    /**
     * Records on which slots of the claim, each on its node, a process listens that nothing explains.
     *
     * @param alreadyReported whether the claim's condition, as an earlier leader left it, says so: then there is no new wait
     * @return those that have been so for long enough, in the order given
     */
    synchronized List<Slot> see(Claim claim, Collection<Slot> unexplained, boolean alreadyReported) {
        Watched known = claims.remove(claim.uid());
        if (unexplained.isEmpty()) {
            return List.of();
        }
        Instant now = clock.instant();
        Map<Slot, Instant> before = known == null ? Map.of() : known.since();
        Map<Slot, Instant> since = new HashMap<>();
        List<Slot> believed = new ArrayList<>();
        Instant nextLook = null;
        for (Slot slot : unexplained) {
            Instant first = before.getOrDefault(slot, alreadyReported ? now.minus(PATIENCE) : now);
            Instant end = first.plus(PATIENCE);
            since.put(slot, first);
            if (!end.isAfter(now)) {
                believed.add(slot);
            } else if (nextLook == null || end.isBefore(nextLook)) {
                nextLook = end;
            }
        }
        claims.put(claim.uid(), new Watched(claim.key(), since, nextLook));
        return believed;
    }

    /** The claims to be looked at now, for a listener has stood for long enough. */
    synchronized List<ClaimKey> due() {
        Instant now = clock.instant();
        List<ClaimKey> due = new ArrayList<>();
        claims.replaceAll((uid, watched) -> {
            if (watched.nextLook() == null || watched.nextLook().isAfter(now)) {
                return watched;
            }
            due.add(watched.key());
            return new Watched(watched.key(), watched.since(), now.plus(REMINDER));
        });
        return due;
    }

    /** Forgets the claims that are gone. */
    synchronized void prune(Predicate<String> isThere) {
        claims.keySet().removeIf(uid -> !isThere.test(uid));
    }
}
