package io.portclaim.operator.behaviour;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.api.v1alpha1.PortClaimApi;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Records an operator's reads of all claims and all ConfigMaps, and holds back what its informers' watches of them bring, as a network
 * does that stalls. The client must watch by HTTP, and not by WebSocket.
 */
final class HeldBackWatches implements Interceptor {
    private static final List<String> PATHS = List.of(PortClaimApi.PATH + "/portclaims", "/api/v1/configmaps");
    /** The informers' watches last for minutes. */
    private static final String SHORT_WATCH = "timeoutSeconds=3&";

    private final List<String> reads = new CopyOnWriteArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean holds;

    void attachTo(HttpClient.Builder builder) {
        builder.addOrReplaceInterceptor("held-back-watches", this);
    }

    /** From now on they bring nothing. */
    synchronized void hold() {
        holds = true;
    }

    /** They bring all that was held back, and go on. */
    synchronized void release() {
        holds = false;
        held.forEach(Runnable::run);
        held.clear();
    }

    /** How much is held back: one piece of each watch that has brought something. */
    synchronized int held() {
        return held.size();
    }

    /** The reads so far, as in {@code /api/v1/configmaps?limit=1}. */
    List<String> reads() {
        return List.copyOf(reads);
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (request.method().equals("GET") && PATHS.contains(request.uri().getPath())) {
            reads.add(request.uri().getPath() + "?" + request.uri().getQuery());
        }
    }

    @Override
    public AsyncBody.Consumer<List<ByteBuffer>> consumer(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
        String query = request.uri().getQuery() + "&";
        boolean isInformers =
                PATHS.contains(request.uri().getPath()) && query.contains("watch=true") && !query.contains(SHORT_WATCH);
        return isInformers ? (pieces, body) -> pass(consumer, pieces, body) : consumer;
    }

    /** What is held back is not consumed, so nothing comes after it. */
    private void pass(AsyncBody.Consumer<List<ByteBuffer>> consumer, List<ByteBuffer> pieces, AsyncBody body)
            throws Exception {
        synchronized (this) {
            if (holds) {
                held.add(() -> consumeNow(consumer, pieces, body));
                return;
            }
        }
        consumer.consume(pieces, body);
    }

    private static void consumeNow(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, List<ByteBuffer> pieces, AsyncBody body) {
        try {
            consumer.consume(pieces, body);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
