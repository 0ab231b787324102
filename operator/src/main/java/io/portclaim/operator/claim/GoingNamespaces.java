package io.portclaim.operator.claim;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Namespaces that are being deleted: each is reported once, however many claims it has. Thread-safe. */
final class GoingNamespaces {
    /** Longer than a namespace with thousands of claims takes to go. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final LongSupplier nanos;
    private final Map<String, Long> reported = new ConcurrentHashMap<>();

    /** {@code nanos} is steady time, as {@link System#nanoTime}. */
    GoingNamespaces(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Whether it is news that this namespace is being deleted. */
    boolean isNews(String namespace) {
        long now = nanos.getAsLong();
        reported.values().removeIf(at -> now - at > REMEMBERED.toNanos());
        return reported.putIfAbsent(namespace, now) == null;
    }
}
