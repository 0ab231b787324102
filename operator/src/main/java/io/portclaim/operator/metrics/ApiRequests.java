package io.portclaim.operator.metrics;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts the API server's answers to requests of this process by method and HTTP status, those too after which the client
 * tries again, and the requests that remain without an answer. Clients are made before there are metrics, so it counts
 * before it is bound. Thread-safe.
 */
public final class ApiRequests implements Interceptor, MeterBinder {
    /** In place of a status where no answer came. */
    private static final String NO_ANSWER = "none";

    private final Map<Kind, LongAdder> counts = new ConcurrentHashMap<>();
    private volatile @Nullable MeterRegistry registry;

    private record Kind(String method, String code) {}

    /** Has the requests of a client counted. */
    public void observe(HttpClient.Builder client) {
        client.addOrReplaceInterceptor("api-requests", this);
    }

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        count(request, Integer.toString(response.code()));
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        count(request, NO_ANSWER);
    }

    private void count(HttpRequest request, String code) {
        Kind kind = new Kind(request.method(), code);
        counts.computeIfAbsent(kind, this::fresh).increment();
    }

    private LongAdder fresh(Kind kind) {
        LongAdder count = new LongAdder();
        MeterRegistry bound = registry;
        if (bound != null) {
            show(kind, count, bound);
        }
        return count;
    }

    @Override
    public void bindTo(MeterRegistry to) {
        registry = to;
        // What is registered already stays as it is.
        counts.forEach((kind, count) -> show(kind, count, to));
    }

    private static void show(Kind kind, LongAdder count, MeterRegistry registry) {
        FunctionCounter.builder("portclaim.api.requests", count, LongAdder::sum)
                .description("Responses of the API server to requests, by method and HTTP status; none if no response"
                        + " came.")
                .tags("method", kind.method(), "code", kind.code())
                .register(registry);
    }
}
