package io.portclaim.operator.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Namespaces that are being deleted, as refused creates have shown. Each is reported once, and what its deletion takes from its
 * claims is not put back, however many claims it has. Thread-safe.
 */
final class GoingNamespaces {
    /** Longer than a namespace with thousands of claims takes to go. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final Time time;
    private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();

    /**
     * A refused create.
     *
     * @param reported when it was reported, by the steady clock
     * @param at when the namespace was being deleted, by the API server's clock; null where that was not said
     */
    private record Refusal(long reported, @Nullable Instant at) {}

    GoingNamespaces(Time time) {
        this.time = time;
    }

    /**
     * Notes that nothing can be created in the namespace.
     *
     * @param at when that was so, by the API server's clock; null where that is not known
     * @return whether it is news that this namespace is being deleted
     */
    boolean refuses(String namespace, @Nullable Instant at) {
        Refusal now = new Refusal(time.nanos(), at);
        refusals.values().removeIf(known -> left(known).isNegative());
        Refusal known = refusals.putIfAbsent(namespace, now);
        if (known != null && at != null) {
            refusals.replace(namespace, known, new Refusal(known.reported, at));
        }
        return known == null;
    }

    /**
     * How long not to try to put anything back for the claim; empty where it may be tried. Only a claim that was there before the
     * refusal is in the namespace that goes: in such a namespace nothing can be created. A later one of the name is in another.
     */
    Optional<Duration> pause(Claim claim) {
        Refusal known = refusals.get(claim.key().namespace());
        if (known == null || known.at == null || !claim.created().isBefore(known.at)) {
            return Optional.empty();
        }
        Duration left = left(known);
        return left.isNegative() ? Optional.empty() : Optional.of(left.plusNanos(1));
    }

    private Duration left(Refusal known) {
        return REMEMBERED.minusNanos(time.nanos() - known.reported);
    }
}
