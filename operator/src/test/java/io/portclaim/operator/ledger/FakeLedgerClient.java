package io.portclaim.operator.ledger;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.StandardHttpHeaders;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.fabric8.kubernetes.client.http.WebSocket;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.FakeLedger.Reply;
import io.portclaim.operator.ledger.FakeLedger.Request;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A Kubernetes client whose requests are calls of a {@link FakeLedger}: thousands of runs in a second. */
public final class FakeLedgerClient implements HttpClient {
    private final FakeLedger ledger;

    private FakeLedgerClient(FakeLedger ledger) {
        this.ledger = ledger;
    }

    /** A client of {@code ledger} and of nothing else. */
    public static KubernetesClient of(FakeLedger ledger) {
        HttpClient http = new FakeLedgerClient(ledger);
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://ledger.invalid")
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .withHttpClientFactory(() -> builder(http))
                .build();
    }

    /** Whatever is set, the same client comes out. */
    private static Builder builder(HttpClient http) {
        return (Builder) Proxy.newProxyInstance(
                FakeLedgerClient.class.getClassLoader(),
                new Class<?>[] {Builder.class},
                (proxy, method, arguments) -> method.getName().equals("build") ? http : proxy);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, Class<T> type) {
        Request call = new Request(
                request.method(), request.uri().getPath(), request.bodyString() == null ? "" : request.bodyString());
        Fault fault = ledger.fault(call);
        if (fault instanceof Fault.Answer answer) {
            return answer(request, type, new Reply(answer.code(), answer.body()));
        }
        if (fault instanceof Fault.Cut || fault instanceof Fault.Later) {
            if (fault instanceof Fault.Cut cut && cut.carriedOut()) {
                ledger.handle(call);
            }
            if (fault instanceof Fault.Later later) {
                ledger.postpone(call, later.requests());
            }
            return CompletableFuture.failedFuture(new IOException("the connection was cut"));
        }
        FakeLedgerServer.hold(fault);
        return answer(request, type, ledger.handle(call));
    }

    private static <T> CompletableFuture<HttpResponse<T>> answer(HttpRequest request, Class<T> type, Reply reply) {
        return CompletableFuture.completedFuture(
                new Answer<>(request, reply.code(), type.cast(reply.body().getBytes(StandardCharsets.UTF_8))));
    }

    private static final class Answer<T> extends StandardHttpHeaders implements HttpResponse<T> {
        private final HttpRequest request;
        private final int code;
        private final T body;

        Answer(HttpRequest request, int code, T body) {
            super(Map.of());
            this.request = request;
            this.code = code;
            this.body = body;
        }

        @Override
        public int code() {
            return code;
        }

        @Override
        public T body() {
            return body;
        }

        @Override
        public HttpRequest request() {
            return request;
        }

        @Override
        public Optional<HttpResponse<?>> previousResponse() {
            return Optional.empty();
        }
    }

    @Override
    public HttpRequest.Builder newHttpRequestBuilder() {
        return new StandardHttpRequest.Builder();
    }

    @Override
    public DerivedClientBuilder newBuilder() {
        return builder(this);
    }

    @Override
    public CompletableFuture<HttpResponse<AsyncBody>> consumeBytes(
            HttpRequest request, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
        throw new UnsupportedOperationException("the ledger is never streamed");
    }

    @Override
    public WebSocket.@Nullable Builder newWebSocketBuilder() {
        throw new UnsupportedOperationException("the ledger is never watched");
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public void close() {}
}
