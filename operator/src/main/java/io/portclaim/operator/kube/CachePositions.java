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
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices which lists and watches a client's informers request: fabric8 (7.8, {@code Reflector}) requests the watch once the list is in
 * the cache. Each kind has one informer at most; where it has two, one is of a client that is {@linkplain #apart known apart}. The
 * requests of {@link Requests} do not pass here.
 *
 * <p>A watch of any kind that would go on after the API server was away begins at a version that is too old instead. The API server
 * refuses that as expired (410), and the informer lists all again. fabric8 announces only objects whose version then differs: where etcd
 * was set back and a version has come again with another content, whoever follows the events of a cache does not notice. The client
 * must retry at least once, because fabric8 reports failures of a connection only while retries are left. Thread-safe.
 */
public final class CachePositions implements Interceptor {
    /** Under this name it is known to a client. */
    public static final String NAME = "cache-positions";

    private static final Logger LOG = LoggerFactory.getLogger(CachePositions.class);
    private static final Pattern VERSION = Pattern.compile("(?<=[?&]resourceVersion=)\\d+");
    /** The first version of any etcd. No API server can watch from it, but one that has run since its etcd was empty. */
    private static final String TOO_OLD = "1";

    private static final int TOO_MANY_REQUESTS = 429;
    /** What a load balancer answers that has none. */
    private static final Set<Integer> NO_API_SERVER = Set.of(502, 503);

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
        String query = String.valueOf(sent.uri().getQuery());
        if (isWatch(sent)) {
            watch(request, sent.uri(), of(path));
        } else if (!query.contains("continue=")) {
            CachePosition position = query.contains("limit=") ? of(path) : positions.get(path);
            if (position != null) {
                position.listing();
            }
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
        if (position.beginsAnew(System.nanoTime())) {
            request.uri(URI.create(version.replaceFirst(TOO_OLD)));
        } else {
            position.watching(Long.parseLong(version.group()));
        }
    }

    @Override
    public CompletableFuture<Boolean> afterFailure(BasicBuilder builder, HttpResponse<?> response, RequestTags tags) {
        // An API server that has just started refuses too: with 403 before it has loaded the roles, with 429 before its
        // caches.
        if (response.code() == TOO_MANY_REQUESTS) {
            find(response.request()).ifPresent(CachePosition::putOff);
        } else if (NO_API_SERVER.contains(response.code()) && !isWatch(response.request())) {
            lost("HTTP " + response.code());
        } else {
            find(response.request()).ifPresent(CachePosition::failed);
        }
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        if (isRefused(failure) || (isBroken(failure) && !isWatch(request))) {
            lost(String.valueOf(failure));
        } else if (isLate(failure)) {
            find(request).ifPresent(CachePosition::putOff);
        } else {
            find(request).ifPresent(CachePosition::failed);
        }
    }

    private void lost(String why) {
        if (!all.stream().allMatch(CachePosition::isLost)) {
            LOG.info("The API server was away, so each kind is listed again once its watch reconnects: {}", why);
        }
        all.forEach(CachePosition::lost);
    }

    private Optional<CachePosition> find(HttpRequest request) {
        return Optional.ofNullable(positions.get(request.uri().getPath()));
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
        return causes(failure).anyMatch(IOException.class::isInstance) && !isLate(failure);
    }

    private static boolean isLate(Throwable failure) {
        return causes(failure)
                .anyMatch(cause -> cause instanceof HttpTimeoutException || cause instanceof TimeoutException);
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
    }
}
