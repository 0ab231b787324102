package io.portclaim.operator.ledger;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.FakeLedger.Reply;
import io.portclaim.operator.ledger.FakeLedger.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A {@link FakeLedger} behind a socket on the loopback address, for the client that the operator really uses. */
public final class FakeLedgerServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final FakeLedger ledger;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Serves {@code ledger} on a port of its own. */
    public FakeLedgerServer(FakeLedger ledger) {
        this.ledger = ledger;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** A client as the ledger's must be: without retries, and with a limit to each call. */
    public KubernetesClient client(Duration timeout) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withHttp2Disable(true)
                        .withRequestTimeout((int) timeout.toMillis())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
    }

    private void handle(HttpExchange exchange) throws IOException {
        Request request = new Request(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        Fault fault = ledger.fault(request);
        if (fault instanceof Fault.Answer answer) {
            answer(exchange, new Reply(answer.code(), answer.body()));
        } else if (fault instanceof Fault.Cut cut) {
            if (cut.carriedOut()) {
                ledger.handle(request);
            }
            exchange.close();
        } else if (fault instanceof Fault.Later later) {
            ledger.postpone(request, later.requests());
            exchange.close();
        } else {
            hold(fault);
            answer(exchange, asAccepted(exchange, ledger.handle(request)));
        }
    }

    /** As an API server does it: of an object, its metadata where that is enough. */
    private static Reply asAccepted(HttpExchange exchange, Reply reply) throws IOException {
        boolean isEnough =
                String.valueOf(exchange.getRequestHeaders().getFirst("Accept")).contains("as=PartialObjectMetadata;");
        return isEnough && reply.code() < HttpURLConnection.HTTP_MULT_CHOICE
                ? new Reply(
                        reply.code(),
                        JSON.createObjectNode()
                                .put("kind", "PartialObjectMetadata")
                                .set("metadata", JSON.readTree(reply.body()).path("metadata"))
                                .toString())
                : reply;
    }

    /** Stands still where the fault says so. */
    static void hold(Fault fault) {
        if (fault instanceof Fault.Hold hold) {
            hold.arrived().countDown();
            try {
                hold.open().await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void answer(HttpExchange exchange, Reply reply) throws IOException {
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(reply.code(), body.length == 0 ? -1 : body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
