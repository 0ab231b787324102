package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.operator.cache.CachePosition;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Notices which lists and watches a client's informers request: fabric8 (7.8, {@code Reflector}) requests the watch once the list is in
 * the cache. Each kind has one informer at most; those of {@link Requests} do not pass here. Thread-safe.
 */
public final class CachePositions implements Interceptor {
    /** Under this name it is known to a client. */
    public static final String NAME = "cache-positions";

    private static final Pattern VERSION = Pattern.compile("(?:^|&)resourceVersion=(\\d+)(?:&|$)");

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
        String query = sent.uri().getQuery();
        if (query == null || !query.contains("watch=true")) {
            position.listing();
            return;
        }
        Matcher version = VERSION.matcher(query);
        if (version.find()) {
            position.watching(Long.parseLong(version.group(1)));
        }
    }

    @Override
    public CompletableFuture<Boolean> afterFailure(BasicBuilder builder, HttpResponse<?> response, RequestTags tags) {
        if (response.code() >= 500 || response.code() == 410) {
            lost(response.request());
        }
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public void afterConnectionFailure(HttpRequest request, Throwable failure) {
        lost(request);
    }

    private void lost(HttpRequest request) {
        CachePosition position = positions.get(request.uri().getPath());
        if (position != null) {
            position.lost();
        }
    }
}
