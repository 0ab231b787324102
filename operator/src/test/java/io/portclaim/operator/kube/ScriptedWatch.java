package io.portclaim.operator.kube;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An API server, without WebSockets, whose lists and watches say what a test has set. It has nothing from version 1 on. Other watches
 * stay open until a test ends them.
 */
final class ScriptedWatch implements AutoCloseable {
    static final String EXPIRED =
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":410,\"message\":\"too old\"}}";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<Watch> watches = new ConcurrentLinkedQueue<>();
    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final AtomicReference<String> list = new AtomicReference<>("");

    /** The answer to one request for a watch. */
    static final class Watch {
        private static final String END = "";

        private final int code;
        private final BlockingQueue<String> lines;

        private Watch(int code, List<String> lines) {
            this.code = code;
            this.lines = new LinkedBlockingQueue<>(lines);
        }

        void bring(String line) {
            lines.add(line);
        }

        void end() {
            lines.add(END);
        }
    }

    ScriptedWatch() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    Config config() {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                .withWatchReconnectInterval(10)
                .build();
    }

    /** What every list is from now on. */
    void lists(String version, String... items) {
        list.set(
                "{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"%s\"},\"items\":[%s]}"
                        .formatted(version, String.join(",", items)));
    }

    /** What the next watch brings that is not spoken for yet; it then stays open. */
    Watch watch(String... lines) {
        return watch(200, lines);
    }

    Watch watch(int code, String... lines) {
        Watch watch = new Watch(code, List.of(lines));
        watches.add(watch);
        return watch;
    }

    /** The queries so far. */
    List<String> requests() {
        return requests;
    }

    static String event(String type, String name, long version) {
        return "{\"type\":\"%s\",\"object\":%s}".formatted(type, map(name, version));
    }

    static String bookmark(long version) {
        return ("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\","
                        + "\"metadata\":{\"resourceVersion\":\"%d\"}}}")
                .formatted(version);
    }

    static String map(String name, long version) {
        return ("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"%s\","
                        + "\"uid\":\"uid-%s\",\"resourceVersion\":\"%d\",\"managedFields\":[{\"manager\":\"test\"}]}}")
                .formatted(name, name, version);
    }

    /** Nobody listens any more; watches that are open stay open. */
    void refuseConnections() {
        server.stop(0);
    }

    /** Requests for {@code path} get no answer from now on: their connection is closed. */
    void breaks(String path) {
        broken.add(path);
    }

    private void handle(HttpExchange exchange) throws IOException {
        if (broken.contains(exchange.getRequestURI().getPath())) {
            exchange.close();
            return;
        }
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        if ("websocket".equals(exchange.getRequestHeaders().getFirst("Upgrade"))) {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
            return;
        }
        requests.add(query);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        try (exchange) {
            if (!query.contains("watch=true")) {
                byte[] body = list.get().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                return;
            }
            Watch watch = query.contains("resourceVersion=1&") ? new Watch(200, List.of(EXPIRED)) : watches.poll();
            exchange.sendResponseHeaders(watch == null ? 500 : watch.code, 0);
            if (watch == null) {
                return;
            }
            exchange.getResponseBody().flush();
            for (String line = watch.lines.take(); !line.equals(Watch.END); line = watch.lines.take()) {
                exchange.getResponseBody().write((line + "\n").getBytes(StandardCharsets.UTF_8));
                exchange.getResponseBody().flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
