package io.portclaim.agent.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Serves {@code /livez} and {@code /metrics} from the JDK's own server. */
public final class AgentHttp implements AutoCloseable {
    // A probe and a scrape at once. They end when there is nothing to do, for a thread takes memory.
    private static final int THREADS = 2;
    private static final int IDLE_SECONDS = 5;
    private static final int WAITING = 16;
    private static final String REQUEST_TIME = "sun.net.httpserver.maxReqTime";
    private static final String RESPONSE_TIME = "sun.net.httpserver.maxRspTime";
    private static final String TEXT = "text/plain; charset=utf-8";
    // Prometheus' text format, named by its exposition format specification.
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpServer server;
    private final ThreadPoolExecutor executor;
    private final BooleanSupplier alive;
    private final Supplier<@Nullable Findings> findings;
    private final String version;

    private AgentHttp(
            HttpServer server,
            ThreadPoolExecutor executor,
            BooleanSupplier alive,
            Supplier<@Nullable Findings> findings,
            String version) {
        this.server = server;
        this.executor = executor;
        this.alive = alive;
        this.findings = findings;
        this.version = version;
    }

    /**
     * Begins to serve.
     *
     * @param address one of this machine's; 0.0.0.0 for every one
     * @param port 0 for any free one, see {@link #port}
     * @param alive whether the agent still sees the node
     * @param findings what the metrics show; null for nothing yet
     * @param version of this build
     * @throws IOException if it can't listen there; the message says what would work
     */
    public static AgentHttp start(
            String address, int port, BooleanSupplier alive, Supplier<@Nullable Findings> findings, String version)
            throws IOException {
        // A client that sends half a request would else hold a thread for ever, and two of them the liveness probe.
        // Read once by the JDK, in seconds.
        System.setProperty(REQUEST_TIME, System.getProperty(REQUEST_TIME, "2"));
        System.setProperty(RESPONSE_TIME, System.getProperty(RESPONSE_TIME, "10"));
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), port), 0);
        } catch (IOException e) {
            throw new IOException(
                    "Cannot listen on " + address + " port " + port + ": " + e.getMessage()
                            + "; set --metrics-address and --metrics-port to what is free on this node, or the port to 0"
                            + " for no metrics",
                    e);
        }
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING));
        executor.allowCoreThreadTimeOut(true);
        AgentHttp http = new AgentHttp(server, executor, alive, findings, version);
        server.setExecutor(executor);
        server.createContext("/", http::handle);
        server.start();
        return http;
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            boolean head = method.equals("HEAD");
            if (!head && !method.equals("GET")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, false, 405, TEXT, "Only GET and HEAD are answered here.\n");
                return;
            }
            switch (exchange.getRequestURI().getPath()) {
                case "/livez" -> live(exchange, head);
                case "/metrics" -> send(exchange, head, 200, PROMETHEUS_TEXT, metrics());
                default -> send(exchange, head, 404, TEXT, "There is only /livez and /metrics here.\n");
            }
        }
    }

    private void live(HttpExchange exchange, boolean head) throws IOException {
        boolean ok = alive.getAsBoolean();
        send(
                exchange,
                head,
                ok ? 200 : 503,
                TEXT,
                ok ? "ok\n" : "The agent could not scan its node for minutes; its log states why.\n");
    }

    private String metrics() {
        Findings found = findings.get();
        return found == null ? "" : MetricsText.of(found, version);
    }

    private static void send(HttpExchange exchange, boolean head, int code, String type, String text)
            throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(code, head ? -1 : body.length);
        if (!head) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }
}
