package io.portclaim.operator.lease;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches this process's own requests for one Lease, the only place where its renewals can be seen: fabric8's LeaderElector
 * reports when leadership changes, not when it is renewed, and goes quiet for good when it dies. Costs no request, and
 * measures by a clock that nobody sets.
 *
 * <p>Every process reads the Lease each second or so, from the quorum. An earlier version than was read before means that etcd was set
 * back to a snapshot. Versions of one object can be compared as numbers (KEP-5504). Thread-safe.
 */
final class LeaseTraffic implements Interceptor {
    // fabric8 creates a Lease by POST and renews it by PATCH (ResourceLock in 7.8.0).
    private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH");

    private final String collection;
    private final String object;
    private final LongSupplier nanoClock;
    private final SetBack setBack;
    private final AtomicLong newest = new AtomicLong();
    private volatile @Nullable Long asked;
    private volatile @Nullable Long written;

    /** Is called when the Lease has an earlier version than before. */
    @FunctionalInterface
    interface SetBack {
        /** The Lease had {@code before} and has {@code now}. */
        void noticed(long before, long now);
    }

    LeaseTraffic(LeaseName lease, LongSupplier nanoClock, SetBack setBack) {
        this.setBack = setBack;
        this.collection = "/apis/coordination.k8s.io/v1/namespaces/" + lease.namespace() + "/leases";
        this.object = collection + "/" + lease.name();
        this.nanoClock = nanoClock;
    }

    /** The time since this process last sent a request for the Lease; empty if it never did. */
    Optional<Duration> sinceAsked() {
        return since(asked);
    }

    /** The time since the API server last confirmed a write of the Lease by this process; empty if it never did. */
    Optional<Duration> sinceWritten() {
        return since(written);
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (concerns(request)) {
            asked = nanoClock.getAsLong();
        }
    }

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        if (response.isSuccessful() && WRITES.contains(request.method()) && concerns(request)) {
            written = nanoClock.getAsLong();
        }
    }

    @Override
    public AsyncBody.Consumer<List<ByteBuffer>> consumer(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
        return request.method().equals("GET") && concerns(request)
                ? new VersionReader(consumer, newest.get(), this::read)
                : consumer;
    }

    private void read(long known, long version) {
        newest.accumulateAndGet(version, Math::max);
        if (version < known) {
            setBack.noticed(known, version);
        }
    }

    // By its end, for an API server may be reached below a path of its own.
    private boolean concerns(HttpRequest request) {
        String path = request.uri().getPath();
        return path.endsWith(object) || ("POST".equals(request.method()) && path.endsWith(collection));
    }

    private Optional<Duration> since(@Nullable Long nanos) {
        return Optional.ofNullable(nanos).map(then -> Duration.ofNanos(nanoClock.getAsLong() - then));
    }
}
