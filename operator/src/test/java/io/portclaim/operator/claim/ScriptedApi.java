package io.portclaim.operator.claim;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.portclaim.operator.kube.CachePositions;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.NamedPorts;
import io.portclaim.operator.publish.Believed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An API server that says what the test has set, one answer after the other, and remembers what it was asked. */
final class ScriptedApi implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Queue<Answer> script = new ConcurrentLinkedQueue<>();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<String> accepted = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final KubernetesClient client;
    private final Requests requests;

    private record Answer(int code, String body) {}

    ScriptedApi() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withHttp2Disable(true)
                        .withRequestTimeout(TIMEOUT_MILLIS)
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
        requests = new Requests(client, TIMEOUT_MILLIS);
    }

    KubernetesClient client() {
        return client;
    }

    Requests requests() {
        return requests;
    }

    /** Lists without a cache. */
    ClaimListing listing() {
        return new ClaimListing(
                client, requests, ClaimCaches.empty(client.getKubernetesSerialization(), new CachePositions()));
    }

    LiveClaims live() {
        return new LiveClaims(requests, client, listing());
    }

    ConfigMaps maps() {
        return new ConfigMaps(
                new MapRequests(requests, client, listing(), Clock.systemUTC(), map -> {}),
                live(),
                barrier(),
                NamedPorts.IGNORED,
                claim -> Believed.ALL,
                new StillTime(() -> 0));
    }

    /** A pass that is always given, and stands in the log. */
    LeadershipBarrier barrier() {
        return () -> log.add("pass");
    }

    /** The next answer that is not spoken for yet. */
    ScriptedApi answers(int code, String body) {
        script.add(new Answer(code, body));
        return this;
    }

    /** The next request is heard and its connection then cut: nobody learns what became of it. */
    ScriptedApi cuts() {
        return answers(0, "");
    }

    /** What happened, in order: requests as "GET /path?query", and passes. */
    List<String> log() {
        return log;
    }

    /** What the last request asked to be answered in. */
    String lastAccepted() {
        return accepted.get(accepted.size() - 1);
    }

    /** What the request of this number sent, from 0. */
    String body(int request) {
        return bodies.get(request);
    }

    /** What the last request sent. */
    String lastBody() {
        return bodies.get(bodies.size() - 1);
    }

    private void handle(HttpExchange exchange) throws IOException {
        accepted.add(String.valueOf(exchange.getRequestHeaders().getFirst("Accept")));
        bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        log.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        Answer answer =
                Objects.requireNonNullElse(script.poll(), new Answer(501, "{\"message\": \"not in the script\"}"));
        if (answer.code() == 0) {
            exchange.close();
            return;
        }
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(answer.code(), body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        client.close();
        server.stop(0);
        threads.shutdownNow();
    }
}
