package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.operator.cache.CachePosition;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Notices which lists and watches a client's informers request: fabric8 (7.8, {@code Reflector}) requests the watch once the list is in
 * the cache. Each kind has one informer at most; where it has two, one is of a client that is {@linkplain #apart known apart}. The
 * requests of {@link Requests} do not pass here.
 *
 * <p>A watch that would go on after the API server was away begins at a version that is too old instead, of every kind. The API server
 * refuses that as expired (410), and the informer lists all again. The client must retry at least once, because fabric8 reports failures
 * of a connection only while retries are left. Thread-safe.
 */
public final class CachePositions implements Interceptor {
    /** Under this name it is known to a client. */
    public static final String NAME = "cache-positions";

    private static final Pattern VERSION = Pattern.compile("(?<=[?&]resourceVersion=)\\d+");
    /** The first version of any etcd. No API server can watch from it. */
    private static final String TOO_OLD = "1";

    private static final int TOO_MANY_REQUESTS = 429;

    /** By path. */
    private final Map<String, CachePosition> positions = new ConcurrentHashMap<>();
    /** Those of all clients of the same API server. */
    private final Queue<CachePosition> all;

    /** Of a client, none of whose informers is known yet. */
    public CachePositions() {
        this(new ConcurrentLinkedQueue<>());
    }

    private CachePositions(Queue<CachePosition> all) {
        this.all = all;
    }

    /** Of another client of the same API server. Where one of the two notices that it was away, the other knows. */
    public CachePositions apart() {
        return new CachePositions(all);
    }

    /** The position of the cache of what is at {@code path}, for all namespaces. */
    public CachePosition of(String path) {
        return positions.computeIfAbsent(path, kind -> {
            CachePosition position = new CachePosition();
            all.add(position);
            return position;
        });
    }

    @Override
    public void before(BasicBuilder request, HttpRequest sent, RequestTags tags) {
        if (!sent.method().equals("GET")) {
            return;
        }
        String path = sent.uri().getPath();
        if (isWatch(sent)) {
            watch(request, sent.uri(), of(path));
            return;
        }
        CachePosition position = positions.get(path);
        if (position != null && !String.valueOf(sent.uri().getQuery()).contains("continue=")) {
            position.listing();
        }
    }

    private static boolean isWatch(HttpRequest request) {
        return String.valueOf(request.uri().getQuery()).contains("watch=true");
    }

    private static void watch(BasicBuilder request, URI uri, CachePosition position) {
        Matcher version = VERSION.matcher(uri.toString());
        if (!version.find()) {
            return;
        }
        if (position.isLost()) {
            request.uri(URI.create(version.replaceFirst(TOO_OLD)));
        } else {
            position.watching(Long.parseLong(version.group()));
        }
    }

    @Override
    public CompletableFuture<Boolean> afterFailure(BasicBuilder builder, HttpResponse<?> response, RequestTags tags) {
        // 403 is what an API server says too that has just started and has not loaded the roles yet.
        if (response.code() != TOO_MANY_REQUESTS) {
            failed(response.request());
        }
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        if (isRefused(failure) || (isBroken(failure) && !isWatch(request))) {
            all.forEach(CachePosition::lost);
        } else {
            failed(request);
        }
    }

    /** Of any request, such as the Lease's: a watch over a connection that is dead may not notice for minutes. */
    private static boolean isRefused(Throwable failure) {
        return causes(failure)
                .anyMatch(cause -> cause instanceof ConnectException
                        || cause instanceof NoRouteToHostException
                        || cause instanceof HttpConnectTimeoutException);
    }

    /**
     * As behind a load balancer that has lost its API server; one that only takes long is there. Of a watch it says nothing: a proxy that
     * knows no WebSockets may break it too.
     */
    private static boolean isBroken(Throwable failure) {
        return causes(failure).anyMatch(IOException.class::isInstance)
                && causes(failure).noneMatch(HttpTimeoutException.class::isInstance);
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
    }

    private void failed(HttpRequest request) {
        CachePosition position = positions.get(request.uri().getPath());
        if (position != null) {
            position.failed();
        }
    }
}
