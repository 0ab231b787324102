package io.portclaim.operator.claim;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** The wire to an API server, which can break before a request has arrived, or after it was carried out. Thread-safe. */
final class FaultyWire implements AutoCloseable {
    /** What happens to a request. */
    enum Fault {
        /** It never arrives. */
        CUT,
        /** It is carried out, and the answer never arrives. */
        ANSWER_LOST
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final HttpClient client = HttpClient.newHttpClient();
    private final int target;
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lost = new AtomicInteger();
    private volatile boolean cut;
    private final List<String> arrived = new CopyOnWriteArrayList<>();

    /** A wire to {@code targetPort} of this machine. */
    FaultyWire(int targetPort) {
        this.target = targetPort;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::pass);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    /** The next requests, each of which has one of {@code next} happen to it. */
    void breakNext(Fault... next) {
        faults.addAll(List.of(next));
    }

    /** Until {@link #mend}, nothing arrives. */
    void cut() {
        cut = true;
    }

    void mend() {
        cut = false;
    }

    /** How many requests have not arrived. */
    int lost() {
        return lost.get();
    }

    /** Method and path of what the server has got. */
    List<String> arrived() {
        return List.copyOf(arrived);
    }

    private void pass(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        Fault fault = faults.poll();
        if (fault == Fault.CUT || cut) {
            lost.incrementAndGet();
            exchange.close();
            return;
        }
        try {
            HttpResponse<byte[]> answer = client.send(request(exchange, body), HttpResponse.BodyHandlers.ofByteArray());
            arrived.add(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
            if (fault == null) {
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(
                        answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
                exchange.getResponseBody().write(answer.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exchange.close();
        }
    }

    private HttpRequest request(HttpExchange exchange, byte[] body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + target + exchange.getRequestURI()))
                .method(
                        exchange.getRequestMethod(),
                        body.length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Content-Type", "application/json")
                .build();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
