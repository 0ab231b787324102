package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Namespaces that are being deleted, as refused creates have shown. Each is reported once, and what its deletion takes from its
 * claims is not put back, however many claims it has. Thread-safe.
 */
final class GoingNamespaces {
    /** Longer than a namespace with thousands of claims takes to go. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final Time time;
    private final Map<String, Long> refused = new ConcurrentHashMap<>();

    GoingNamespaces(Time time) {
        this.time = time;
    }

    /** Notes that the API server has refused to create anything in the namespace; returns whether that is news. */
    boolean refuses(String namespace) {
        long now = time.nanos();
        refused.values().removeIf(at -> now - at > REMEMBERED.toNanos());
        return refused.putIfAbsent(namespace, now) == null;
    }

    /** Notes that something was created in the namespace: it is another one of the name. */
    void creates(String namespace) {
        refused.remove(namespace);
    }

    /** How long not to try again to create anything in the namespace that was there before; empty where it may be tried. */
    Optional<Duration> pause(String namespace) {
        Long at = refused.get(namespace);
        if (at == null) {
            return Optional.empty();
        }
        Duration left = REMEMBERED.minusNanos(time.nanos() - at);
        return left.isNegative() ? Optional.empty() : Optional.of(left.plusNanos(1));
    }
}
