package io.portclaim.operator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.operator.http.Health.Check;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorHttpTest {
    private volatile Optional<String> deathCause = Optional.empty();
    private volatile Optional<String> waitingFor = Optional.of("waiting for PortClaim, Node");
    private final Probes probes = new Probes(
            new Health(() -> "standing by", List.of(new Check("ledger", () -> deathCause))),
            new Health(
                    () -> "lease ports/portclaim is held by other-1", List.of(new Check("caches", () -> waitingFor))));
    private final OperatorHttp http = OperatorHttp.start("127.0.0.1", 0, probes, this::metrics);
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile boolean metricsFail;

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void readyzSaysWhyNot() throws Exception {
        HttpResponse<String> notYet = get("/readyz");
        assertThat(notYet.statusCode()).isEqualTo(503);
        assertThat(notYet.body())
                .isEqualTo("caches: waiting for PortClaim, Node\nlease ports/portclaim is held by other-1\n");

        waitingFor = Optional.empty();

        HttpResponse<String> ready = get("/readyz?verbose");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).isEqualTo("ok\nlease ports/portclaim is held by other-1\n");
    }

    @Test
    void livezFailsWhenTheProcessCannotDoItsWork() throws Exception {
        assertThat(get("/livez").statusCode()).isEqualTo(200);

        deathCause = Optional.of("another leader wrote");

        assertThat(get("/livez").statusCode()).isEqualTo(503);
        assertThat(get("/livez").body()).startsWith("ledger: another leader wrote\n");
    }

    @Test
    void metricsAreInPrometheusText() throws Exception {
        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body()).isEqualTo("portclaim_leading 1.0\n");
    }

    @Test
    void metricsThatFailAreSaidToFail() throws Exception {
        metricsFail = true;

        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("Cannot answer /metrics", "no census");
        assertThat(get("/livez").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/livezz", "/livez/ledger", "/metrics/"})
    void nothingElseIsThere(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
        assertThat(get(path).body()).contains("/livez, /readyz and /metrics");
    }

    @Test
    void nothingCanBeChanged() throws Exception {
        HttpResponse<String> post = send(request("/livez").POST(HttpRequest.BodyPublishers.ofString("x")));
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");

        HttpResponse<String> head = send(request("/livez").method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void halfRequestsDoNotKeepTheProbeFromItsAnswer() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 8; i++) {
                Socket socket = new Socket("127.0.0.1", http.port());
                sockets.add(socket);
                socket.getOutputStream().write("GET /li".getBytes(StandardCharsets.US_ASCII));
            }
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(get("/livez").statusCode()).isEqualTo(200));
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void closedItListensNoMore() throws Exception {
        int port = http.port();
        http.close();

        assertThatThrownBy(() -> new Socket("127.0.0.1", port).close()).isInstanceOf(ConnectException.class);
        OperatorHttp again = OperatorHttp.start("127.0.0.1", port, probes, () -> "");
        assertThat(again.port()).isEqualTo(port);
        again.close();
    }

    @Test
    void aTakenPortIsNamed() {
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> OperatorHttp.start("127.0.0.1", http.port(), probes, () -> ""))
                .withMessageContaining("Cannot listen on 127.0.0.1 port " + http.port())
                .withMessageContaining("--http-port");
    }

    private String metrics() {
        if (metricsFail) {
            throw new IllegalStateException("no census");
        }
        return "portclaim_leading 1.0\n";
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.port() + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
