package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.portclaim.operator.kube.Requests.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@EnableKubernetesMockClient(https = false)
class RequestsTest {
    KubernetesClient client;
    KubernetesMockServer server;

    private static Answer answer(int code, String body) {
        return new Answer(code, body.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"metadata\":{\"resourceVersion\":\"42\"}}",
                "{\"kind\":\"X\",\"spec\":{\"metadata\":{\"resourceVersion\":\"1\"}},"
                        + "\"metadata\":{\"name\":\"n\",\"labels\":{\"resourceVersion\":\"2\"},"
                        + "\"managedFields\":[{\"resourceVersion\":\"3\"}],\"resourceVersion\":\"42\"}}",
                "{\"metadata\":{\"resourceVersion\":\"42\"},\"spec\":{\"data\":\"the rest is never rea"
            })
    void findsTheResourceVersion(String body) {
        assertThat(answer(200, body).resourceVersion()).isEqualTo("42");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "null",
                "not json",
                "{\"metadata\":{}}",
                "{\"metadata\":null,\"spec\":{\"resourceVersion\":\"1\"}}",
                "{\"metadata\":{\"resourceVersion\":null}}",
                "{\"metadata\":{\"name\":\"n\"",
                "{\"meta"
            })
    void saysThatThereIsNoResourceVersion(String body) {
        assertThatThrownBy(() -> answer(200, body).resourceVersion()).isInstanceOf(UncheckedIOException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "409 | {\"message\":\"it exists\",\"reason\":\"AlreadyExists\"} | it exists | AlreadyExists",
                "503 | apiserver is starting                                    | HTTP 503  | ''",
                "500 | ''                                                       | HTTP 500  | ''",
                "500 | {\"message\":7}                                          | HTTP 500  | ''",
                "422 | []                                                       | HTTP 422  | ''"
            })
    void tellsTheServersWords(int code, String body, String message, String reason) {
        assertThat(answer(code, body).message()).isEqualTo(message);
        assertThat(answer(code, body).reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource({
        "200,true,false", "201,true,false", "299,true,false", "400,false,false", "403,false,false", "404,false,false",
        "408,false,true", "409,false,false", "422,false,false", "429,false,true", "500,false,true", "503,false,true"
    })
    void tellsWhatIsWorthAnotherTry(int code, boolean success, boolean isTransient) {
        assertThat(answer(code, "").isSuccess()).isEqualTo(success);
        assertThat(answer(code, "").isTransient()).isEqualTo(isTransient);
    }

    @Test
    void knowsANamespaceThatIsGoing() {
        String going = "{\"reason\":\"Forbidden\",\"details\":{\"causes\":[{\"reason\":\"NamespaceTerminating\"}]}}";

        assertThat(answer(403, going).isNamespaceGoing()).isTrue();
        assertThat(answer(409, going).isNamespaceGoing()).isFalse();
        assertThat(answer(403, "{\"reason\":\"Forbidden\"}").isNamespaceGoing()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Fri, 27 Nov 2026 23:59:59 GMT | 2026-11-27T23:59:59Z",
                "Sat, 5 Dec 2026 01:02:03 GMT  | 2026-12-05T01:02:03Z",
                "yesterday                     |",
                "2026-11-27T23:59:59Z          |",
            })
    void tellsTheServersClock(String header, @Nullable Instant expected) throws Exception {
        server.expect()
                .get()
                .withPath("/apis/a/b")
                .andReturn(409, "{}")
                .withHeader("Date", header)
                .once();

        assertThat(new Requests(client, 20_000).get("/apis/a/b").date()).isEqualTo(Optional.ofNullable(expected));
    }

    @Test
    void anAnswerWithoutADateSaysNoneOfItsOwn() {
        assertThat(answer(200, "{}").date()).isEmpty();
    }

    @Test
    void sendsTheBodyAsItsContentTypeSays() throws Exception {
        server.expect()
                .patch()
                .withPath("/apis/a/b")
                .andReturn(200, "{\"metadata\":{\"resourceVersion\":\"5\"}}")
                .once();

        Answer answer =
                new Requests(client, 20_000).send("PATCH", "/apis/a/b", "application/json-patch+json", Map.of("a", 1));

        assertThat(answer.resourceVersion()).isEqualTo("5");
        var request = server.getLastRequest();
        assertThat(request.getHeader("Content-Type")).startsWith("application/json-patch+json");
        assertThat(request.getBody().readUtf8()).isEqualTo("{\"a\":1}");
    }

    /** Sends to a server that accepts connections and says nothing. */
    private static void sendToSilence(long timeoutMillis) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                KubernetesClient caller = new KubernetesClientBuilder()
                        .withConfig(new ConfigBuilder()
                                .withAutoConfigure(false)
                                .withMasterUrl("http://127.0.0.1:" + silent.getLocalPort())
                                .withRequestRetryBackoffLimit(3)
                                .build())
                        .build()) {
            new Requests(caller, timeoutMillis).send("PUT", "/slow", Map.of());
        }
    }

    @Test
    void waitsNoLongerThanItWasAsked() {
        long started = System.nanoTime();

        assertThatThrownBy(() -> sendToSilence(300))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("API server");

        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void saysThatNobodyIsThere() {
        server.shutdown();

        assertThatThrownBy(() -> new Requests(client, 20_000).send("PUT", "/gone", Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("API server");
    }

    @Test
    void anInterruptEndsTheWaitAndStays() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> sendToSilence(30_000))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }
}
