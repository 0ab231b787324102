package io.portclaim.operator.claim;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.portclaim.api.v1alpha1.PortClaimApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The part of an API server that serving claims needs, over a {@link SmallStore}. It remembers in which order it was asked,
 * and holds a request back where a test says so. Thread-safe.
 */
final class SmallApi implements AutoCloseable {
    static final String CLAIMS = PortClaimApi.PATH + "/portclaims";
    static final String MAPS = "/api/v1/configmaps";
    static final String PODS = "/api/v1/pods";
    static final String LEDGER = PortClaimApi.PATH + "/portledgers";

    private static final int TIMEOUT_MILLIS = 20_000;

    private final SmallStore store = new SmallStore();
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<Hold> holds = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /** A request that is held back: it has arrived and is not carried out, or is and not answered. */
    static final class Hold {
        private final Predicate<String> which;
        private final int code;
        private final boolean isAfter;
        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        private Hold(Predicate<String> which, int code, boolean isAfter) {
            this.which = which;
            this.code = code;
            this.isAfter = isAfter;
        }

        boolean hasArrived() {
            return arrived.getCount() == 0;
        }

        void release() {
            open.countDown();
        }
    }

    SmallApi() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** A client of its own, to be closed. */
    KubernetesClient connect() {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withHttp2Disable(true)
                        .withRequestTimeout(TIMEOUT_MILLIS)
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
    }

    /** Every request, in the order in which they arrived, as "GET /path?query". */
    List<String> log() {
        return List.copyOf(log);
    }

    /** Where in {@link #log} the first request is that {@code which} holds for. */
    int first(Predicate<String> which) {
        List<String> requests = log();
        return IntStream.range(0, requests.size())
                .filter(i -> which.test(requests.get(i)))
                .findFirst()
                .orElse(Integer.MAX_VALUE);
    }

    static boolean isWrite(String request) {
        return !request.startsWith("GET ");
    }

    /** Whether the request writes what people see: a ConfigMap or a status. */
    static boolean publishes(String request) {
        return isWrite(request) && (request.contains("/configmaps") || request.contains("/portclaims/"));
    }

    static boolean writesLedger(String request) {
        return isWrite(request) && request.contains(LEDGER);
    }

    static boolean listsClaims(String request) {
        return request.startsWith("GET " + CLAIMS + "?");
    }

    /** Whether the request lists our ConfigMaps; a list of all of them can be of their names only. */
    static boolean listsMaps(String request) {
        return request.startsWith("GET " + MAPS + "?") && request.contains("labelSelector=");
    }

    /** Holds back the next request that {@code which} holds for. */
    Hold hold(Predicate<String> which) {
        return keep(new Hold(which, 0, false));
    }

    /** Carries out the next request that {@code which} holds for, and holds back the answer. */
    Hold holdAnswer(Predicate<String> which) {
        return keep(new Hold(which, 0, true));
    }

    /** As {@link #hold}, and then does not carry it out and answers {@code code}. */
    Hold refuse(Predicate<String> which, int code) {
        return keep(new Hold(which, code, false));
    }

    private Hold keep(Hold hold) {
        holds.add(hold);
        return hold;
    }

    /** What it keeps. */
    SmallStore store() {
        return store;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        log.add(request);
        int refusal = holdBack(request, false);
        SmallStore.Answer answer = refusal == 0
                ? store.answer(
                        exchange.getRequestMethod(), exchange.getRequestURI().toString(), body)
                : SmallStore.failure(refusal, "Refused", "nothing");
        holdBack(request, true);
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(answer.code(), bytes.length);
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }

    /** The code that the request is refused with; 0: it is not. */
    private int holdBack(String request, boolean after) {
        for (Hold hold : holds) {
            if (hold.isAfter == after && hold.which.test(request) && holds.remove(hold)) {
                hold.arrived.countDown();
                try {
                    hold.open.await(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return hold.code;
            }
        }
        return 0;
    }

    @Override
    public void close() {
        holds.forEach(Hold::release);
        server.stop(0);
        threads.shutdownNow();
    }
}
