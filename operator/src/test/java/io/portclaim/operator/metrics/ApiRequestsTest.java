package io.portclaim.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portclaim.operator.kube.Clients;
import io.portclaim.operator.kube.Requests;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a server that answers as it is said to, and the client that the operator has. */
class ApiRequestsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ApiRequests counted = new ApiRequests();
    private final ConcurrentLinkedQueue<Integer> answers = new ConcurrentLinkedQueue<>();
    private HttpServer server;
    private KubernetesClient client;
    private Requests requests;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(answers.remove(), -1);
            exchange.close();
        });
        server.start();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                .build();
        client = Clients.of(config, "test", 4_000, 1, counted::observe);
        requests = new Requests(client, 10_000);
    }

    @AfterEach
    void end() {
        client.close();
        server.stop(0);
    }

    @Test
    void countsByMethodAndStatusAlsoWhatCameBeforeItIsBound() throws IOException {
        answers.addAll(List.of(200, 404));
        requests.get("/a");
        requests.get("/b");
        counted.bindTo(registry);
        answers.addAll(List.of(200, 409));
        requests.get("/c");
        requests.send("PUT", "/d", "{}");

        assertThat(count("GET", "200")).isEqualTo(2);
        assertThat(count("GET", "404")).isEqualTo(1);
        assertThat(count("PUT", "409")).isEqualTo(1);
    }

    @Test
    void eachAnswerToOneRequestCounts() throws IOException {
        counted.bindTo(registry);
        answers.addAll(List.of(503, 200));
        requests.get("/a");

        assertThat(count("GET", "503")).isEqualTo(1);
        assertThat(count("GET", "200")).isEqualTo(1);
    }

    @Test
    void aServerThatDoesNotAnswerIsNoStatus() {
        counted.bindTo(registry);
        server.stop(0);

        assertThatThrownBy(() -> requests.get("/a")).isInstanceOf(IOException.class);

        assertThat(count("GET", "none")).isEqualTo(1);
    }

    private double count(String method, String code) {
        FunctionCounter counter = registry.find("portclaim.api.requests")
                .tags("method", method, "code", code)
                .functionCounter();
        return counter == null ? 0 : counter.count();
    }
}
