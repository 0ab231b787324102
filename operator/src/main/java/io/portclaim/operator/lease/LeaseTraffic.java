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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches this process's own requests for one Lease, the only place where its renewals can be seen: fabric8's LeaderElector
 * reports when leadership changes, not when it is renewed, and goes quiet for good when it dies. Costs no request, and
 * measures by a clock that nobody sets. Thread-safe.
 */
final class LeaseTraffic implements Interceptor {
    // fabric8 creates a Lease by POST and renews it by PATCH (ResourceLock in 7.8.0).
    private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH");

    private final String collection;
    private final String object;
    private final LongSupplier nanoClock;
    private volatile @Nullable Long asked;
    private volatile @Nullable Long written;

    LeaseTraffic(LeaseName lease, LongSupplier nanoClock) {
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

    // By its end, for an API server may be reached below a path of its own.
    private boolean concerns(HttpRequest request) {
        String path = request.uri().getPath();
        return path.endsWith(object) || ("POST".equals(request.method()) && path.endsWith(collection));
    }

    private Optional<Duration> since(@Nullable Long nanos) {
        return Optional.ofNullable(nanos).map(then -> Duration.ofNanos(nanoClock.getAsLong() - then));
    }
}
