package io.portclaim.agent.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.portclaim.api.v1alpha1.PortClaimApi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An API server that has one report, notes what is asked, and fails when a test wants it. */
public final class FakeApi implements AutoCloseable {
    private final HttpServer server;
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> tokens = Collections.synchronizedList(new ArrayList<>());
    private final Deque<Integer> failures = new ArrayDeque<>();
    private @Nullable String metadata;
    private String status = "{}";
    private int version = 100;

    public FakeApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What was asked since this was called before, such as {@code PUT …/node-a/status 200}. */
    public List<String> asked() {
        synchronized (requests) {
            List<String> asked = List.copyOf(requests);
            requests.clear();
            return asked;
        }
    }

    public List<String> tokens() {
        return tokens;
    }

    public synchronized void failWith(int... codes) {
        for (int code : codes) {
            failures.add(code);
        }
    }

    public synchronized void delete() {
        metadata = null;
    }

    /** As if somebody else had written it. */
    public synchronized void change(String status) {
        this.status = status;
        version++;
    }

    public synchronized void own(String uid) {
        metadata = "\"ownerReferences\":[{\"uid\":\"" + uid + "\"}]";
    }

    /** The UID of the report's owner; empty where there is no report. */
    public synchronized String owner() {
        return metadata == null ? "" : metadata.replaceAll(".*:\"|\"}]", "");
    }

    public synchronized String status() {
        return status;
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        tokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
        Integer failure = failures.poll();
        int code = failure == null ? answer(exchange.getRequestMethod(), body) : failure;
        requests.add(exchange.getRequestMethod() + " "
                + exchange.getRequestURI().toString().replace(PortClaimApi.PATH + "/portreports", "…") + " "
                + code);
        String text = code / 100 == 2
                ? "{\"metadata\":{\"resourceVersion\":\"%d\",%s},\"status\":%s}".formatted(version, metadata, status)
                : "{\"message\":\"why it is %d\",\"details\":{\"name\":\"node-a\"}}".formatted(code);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(code, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private int answer(String method, String body) throws IOException {
        if (method.equals("POST")) {
            if (metadata != null) {
                return 409;
            }
            Map<String, Object> sent = Json.object(Json.read(body), "metadata");
            own(Json.text(Json.objects(sent, "ownerReferences").get(0), "uid"));
            change("{}");
            return 201;
        }
        if (metadata == null) {
            return 404;
        }
        if (method.equals("PUT")) {
            if (Json.number(Json.object(Json.read(body), "metadata"), "resourceVersion") != version) {
                return 409;
            }
            change(body.substring(body.indexOf("\"status\":") + 9, body.length() - 1));
        }
        return 200;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
