package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.operator.cache.CachePosition;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Notices which lists and watches a client's informers request: fabric8 (7.8, {@code Reflector}) requests the watch once the list is in
 * the cache. Each kind has one informer at most. The requests of {@link Requests} do not pass here.
 *
 * <p>A watch that would go on after the API server was away begins at a version that is too old instead. The API server refuses that
 * as expired (410), and the informer lists all again. The client must retry at least once, because fabric8 reports failures of a
 * connection only while retries are left. Thread-safe.
 */
public final class CachePositions implements Interceptor {
    /** Under this name it is known to a client. */
    public static final String NAME = "cache-positions";

    private static final Pattern VERSION = Pattern.compile("(?<=[?&]resourceVersion=)\\d+");
    /** The first version of any etcd. No API server can watch from it. */
    private static final String TOO_OLD = "1";

    /** By path. */
    private final Map<String, CachePosition> positions = new ConcurrentHashMap<>();

    /** The position of the cache of what is at {@code path}, for all namespaces. */
    public CachePosition of(String path) {
        return positions.computeIfAbsent(path, kind -> new CachePosition());
    }

    @Override
    public void before(BasicBuilder request, HttpRequest sent, RequestTags tags) {
        CachePosition position = positions.get(sent.uri().getPath());
        if (position == null || !sent.method().equals("GET")) {
            return;
        }
        String query = String.valueOf(sent.uri().getQuery());
        if (query.contains("watch=true")) {
            watch(request, sent.uri(), position);
        } else if (!query.contains("continue=")) {
            position.listing();
        }
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
        // A living API server refuses with other codes: 401, 403, 429.
        if (response.code() >= 500 || response.code() == 410) {
            failed(response.request());
        }
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        if (isAway(failure)) {
            positions.values().forEach(CachePosition::lost);
        } else {
            failed(request);
        }
    }

    /** Of any request, such as the Lease's: a watch over a connection that is dead may not notice for minutes. */
    private static boolean isAway(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof HttpConnectTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private void failed(HttpRequest request) {
        CachePosition position = positions.get(request.uri().getPath());
        if (position != null) {
            position.failed();
        }
    }
}
