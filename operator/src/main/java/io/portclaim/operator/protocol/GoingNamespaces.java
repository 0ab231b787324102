package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Namespaces that are being deleted: each is reported once, however many claims it has. Thread-safe. */
final class GoingNamespaces {
    /** Longer than a namespace with thousands of claims takes to go. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final Time time;
    private final Map<String, Long> reported = new ConcurrentHashMap<>();

    GoingNamespaces(Time time) {
        this.time = time;
    }

    /** Whether it is news that this namespace is being deleted. */
    boolean isNews(String namespace) {
        long now = time.nanos();
        reported.values().removeIf(at -> now - at > REMEMBERED.toNanos());
        return reported.putIfAbsent(namespace, now) == null;
    }
}
