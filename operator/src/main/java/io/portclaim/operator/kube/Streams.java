package io.portclaim.operator.kube;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How many requests are under way on the client's one connection. The API server allows a client 100 at once (its default for
 * SETTINGS_MAX_CONCURRENT_STREAMS, RFC 9113 section 6.5.2), and the JDK's client fails where there would be more. Those that come later wait
 * in the order in which they come. Thread-safe.
 */
final class Streams {
    /** Leaves some for what is not sent through {@link Requests}: lists of watches, events, leases. */
    static final int MOST = 80;

    private final Semaphore free = new Semaphore(MOST, true);

    /** Sends once fewer than {@value #MOST} are under way; the future fails with an IOException where that takes longer than {@code millis}. */
    <T> CompletableFuture<T> within(long millis, Supplier<CompletableFuture<T>> send) {
        try {
            if (!free.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
                return CompletableFuture.failedFuture(new IOException(
                        "%d requests are under way, and none ended within %d ms".formatted(MOST, millis)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CompletableFuture.failedFuture(new IOException("interrupted before the request was sent", e));
        }
        CompletableFuture<T> sending;
        try {
            sending = send.get();
        } catch (RuntimeException | Error e) {
            free.release();
            throw e;
        }
        return sending.whenComplete((answer, failure) -> free.release());
    }
}
