package io.portclaim.operator.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves {@code /livez}, {@code /readyz} and {@code /metrics} from the JDK's own server. */
public final class OperatorHttp implements AutoCloseable {
    // Two probes and a scrape at once, and one to spare.
    private static final int THREADS = 4;
    private static final int CLOSE_SECONDS = 2;
    // A client that sends half a request would else hold a thread for ever, and four of them the liveness probe. Read
    // once
    // by the JDK, in seconds.
    private static final String REQUEST_TIME = "sun.net.httpserver.maxReqTime";
    private static final String REQUEST_SECONDS = "2";
    private static final String RESPONSE_TIME = "sun.net.httpserver.maxRspTime";
    private static final String RESPONSE_SECONDS = "10";
    private static final String TEXT = "text/plain; charset=utf-8";
    // Prometheus' text format, named by its exposition format specification.
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final Logger log = LoggerFactory.getLogger(OperatorHttp.class);

    private final HttpServer server;
    private final ExecutorService executor;
    private final Probes probes;
    private final Supplier<String> metrics;

    private OperatorHttp(HttpServer server, ExecutorService executor, Probes probes, Supplier<String> metrics) {
        this.server = server;
        this.executor = executor;
        this.probes = probes;
        this.metrics = metrics;
    }

    /**
     * Begins to serve.
     *
     * @param bindAddress an address of this machine; 0.0.0.0 for every one
     * @param port 0 for any free one, see {@link #port}
     * @param probes for /livez and /readyz
     * @param metrics for /metrics, in Prometheus' text format
     * @throws UncheckedIOException if it cannot listen there
     */
    public static OperatorHttp start(String bindAddress, int port, Probes probes, Supplier<String> metrics) {
        limit(REQUEST_TIME, REQUEST_SECONDS);
        limit(RESPONSE_TIME, RESPONSE_SECONDS);
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(bindAddress), port), 0);
        } catch (UnknownHostException e) {
            throw new UncheckedIOException(
                    "\"" + bindAddress + "\" is no address to listen on;"
                            + " set --http-bind-address to one of this machine's, or to 0.0.0.0",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot listen on " + bindAddress + " port " + port + ": " + e.getMessage()
                            + "; set --http-bind-address and --http-port to what is free on this machine",
                    e);
        }
        ExecutorService executor = Executors.newFixedThreadPool(THREADS, threads());
        OperatorHttp http = new OperatorHttp(server, executor, probes, metrics);
        server.setExecutor(executor);
        server.createContext("/", http::handle);
        server.start();
        log.info("Serving /livez, /readyz and /metrics on {}", server.getAddress());
        return http;
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Stops at once; requests that are being answered have two seconds. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            boolean head = method.equals("HEAD");
            if (!head && !method.equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, head, new Answer(405, TEXT, "Only GET and HEAD are answered here.\n"));
                return;
            }
            send(exchange, head, answer(exchange.getRequestURI().getPath()));
        }
    }

    private Answer answer(String path) {
        try {
            return switch (path) {
                case "/livez" -> answer(probes.liveness());
                case "/readyz" -> answer(probes.readiness());
                case "/metrics" -> new Answer(200, PROMETHEUS_TEXT, metrics.get());
                default -> new Answer(404, TEXT, "There is only /livez, /readyz and /metrics here.\n");
            };
        } catch (RuntimeException e) {
            log.warn("Cannot answer {}", path, e);
            return new Answer(500, TEXT, "Cannot answer " + path + ": " + e + "\n");
        }
    }

    private static Answer answer(Health health) {
        Health.Report report = health.report();
        return new Answer(report.ok() ? 200 : 503, TEXT, report.text());
    }

    private static void send(HttpExchange exchange, boolean head, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        exchange.sendResponseHeaders(answer.status(), head ? -1 : body.length);
        if (!head) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    private static void limit(String property, String seconds) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, seconds);
        }
    }

    private static ThreadFactory threads() {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "http-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private record Answer(int status, String type, String body) {}
}
