package io.portclaim.operator.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Single requests with the client's connection, credentials and retries, whose answers are whole and not parsed into objects: the
 * fluent calls for a status or a patch read the object first and cost a third more.
 *
 * <p>Thread-safe.
 */
public final class Requests {
    /** In an answer: the metadata of an object is enough. A server that does not know this form sends all of it. */
    public static final String METADATA =
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    private static final ObjectMapper JSON = new ObjectMapper();
    /** A page takes a fraction of a second. One that takes this long comes over a connection that hangs, and a take-over waits for it. */
    private static final long LIST_TIMEOUT_MILLIS = 10_000;

    private final HttpClient http;
    private final HttpClient leanHttp;
    private final String server;
    private final long timeoutMillis;
    private final Streams streams = new Streams();
    private final HttpDates dates = new HttpDates();
    private volatile @Nullable Reading latest;

    /**
     * A look at the API server's clock.
     *
     * @param date what it showed, to the second
     * @param askedAt the local steady time when it was asked, before it showed that
     */
    private record Reading(Instant date, long askedAt) {}

    /** Sends through {@code client}; an answer is waited for at most {@code timeoutMillis} over all its retries. */
    public Requests(KubernetesClient client, long timeoutMillis) {
        this.http = client.getHttpClient()
                .newBuilder()
                .addOrReplaceInterceptor(LeanLists.NAME, null)
                .addOrReplaceInterceptor(CachePositions.NAME, null)
                .build();
        this.leanHttp = client.getHttpClient()
                .newBuilder()
                .addOrReplaceInterceptor(CachePositions.NAME, null)
                .build();
        String url = client.getMasterUrl().toString();
        this.server = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.timeoutMillis = timeoutMillis;
    }

    /**
     * What the API server answered.
     *
     * @param code the HTTP status
     * @param body the answer's bytes
     * @param date the API server's clock when it answered, to the second; empty where the answer has no Date, or none that
     *     can be read
     */
    @SuppressWarnings("ArrayRecordComponent") // carried from the wire to one reader, never compared
    public record Answer(int code, byte[] body, Optional<Instant> date) {
        /** An answer without a date. */
        public Answer(int code, byte[] body) {
            this(code, body, Optional.empty());
        }

        /** Whether the request was carried out. */
        public boolean isSuccess() {
            return code >= 200 && code < 300;
        }

        /** Whether the outcome is unknown or worth another try: throttled, or an error of the server's own. */
        public boolean isTransient() {
            return code == 429 || code == 408 || code >= 500;
        }

        /** The object's resourceVersion, found without reading the rest of it. */
        public String resourceVersion() {
            try {
                return metadata("resourceVersion")
                        .orElseThrow(() -> new IOException("the answer has no metadata.resourceVersion"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /**
         * The token that the next page of a list is asked for with; null where this is the last one.
         *
         * @throws IOException when the answer is no list
         */
        @Nullable
        String nextPage() throws IOException {
            return metadata("continue").orElse(null);
        }

        private Optional<String> metadata(String field) throws IOException {
            try (JsonParser parser = JSON.createParser(body)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean metadata = parser.currentName().equals("metadata");
                    parser.nextToken();
                    if (metadata) {
                        return text(parser, field);
                    }
                    parser.skipChildren();
                }
                throw new IOException("the answer has no metadata");
            }
        }

        private static Optional<String> text(JsonParser object, String field) throws IOException {
            while (object.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = object.currentName().equals(field);
                boolean text = object.nextToken() == JsonToken.VALUE_STRING;
                if (found && text) {
                    return Optional.of(object.getText());
                }
                object.skipChildren();
            }
            return Optional.empty();
        }

        /** The API server's own words for a refusal. */
        public String message() {
            try {
                JsonNode message = JSON.readTree(body).path("message");
                return message.isTextual() ? message.asText() : "HTTP " + code;
            } catch (IOException e) {
                return "HTTP " + code;
            }
        }

        /** The refusal's reason as the API server classes it, such as AlreadyExists; empty without one. */
        public String reason() {
            try {
                return JSON.readTree(body).path("reason").asText("");
            } catch (IOException e) {
                return "";
            }
        }

        /**
         * Whether the API server says of this very object that it does not exist. Any other 404 speaks of a kind that is not
         * served now, or comes from something in between.
         */
        public boolean saysAbsent(String name) {
            try {
                JsonNode status = JSON.readTree(body);
                return code == 404
                        && status.path("reason").asText().equals("NotFound")
                        && status.path("details").path("name").asText().equals(name);
            } catch (IOException e) {
                return false;
            }
        }

        /** The finalizers of the object in the answer: where a deleted one has any, it stays until they are taken off it. */
        public List<String> finalizers() {
            try {
                List<String> finalizers = new ArrayList<>();
                JSON.readTree(body).path("metadata").path("finalizers").forEach(name -> finalizers.add(name.asText()));
                return finalizers;
            } catch (IOException e) {
                return List.of();
            }
        }

        /** Whether the namespace is going, so that nothing can be made in it any more. */
        public boolean isNamespaceGoing() {
            return code == 403 && new String(body, StandardCharsets.UTF_8).contains("NamespaceTerminating");
        }
    }

    /** A request that was sent, whose answer is waited for later. */
    @FunctionalInterface
    public interface Pending {
        /**
         * Waits for the answer.
         *
         * @throws IOException when none came in time
         */
        Answer await() throws IOException;
    }

    /** Begins to read the list {@code path}, in the form that {@code accept} names, of which {@link LeanLists} keeps what is needed. */
    public Pending list(String path, String accept) {
        return sent(leanHttp, read(path).header("Accept", accept), Math.min(timeoutMillis, LIST_TIMEOUT_MILLIS));
    }

    /** Begins to read {@code path}, in the form that {@code accept} names. */
    Pending read(String path, String accept) {
        return sent(http, read(path).header("Accept", accept), Math.min(timeoutMillis, LIST_TIMEOUT_MILLIS));
    }

    /** Begins to read {@code path}, of which the answer comes line by line, until it ends, a line fails or the future is cancelled. */
    CompletableFuture<Void> lines(String path, LinesOfAnswer.Reader reader) {
        HttpRequest request =
                http.newHttpRequestBuilder().uri(server + path).forStreaming().build();
        return new LinesOfAnswer(reader).of(consumer -> http.consumeBytes(request, consumer));
    }

    /** Reads {@code path}, from the quorum. */
    public Answer get(String path) throws IOException {
        return await(read(path));
    }

    /** What is large comes compressed: the image's JVM decrypts without its optimizing compiler. */
    private HttpRequest.Builder read(String path) {
        return http.newHttpRequestBuilder().uri(server + path).header("Accept-Encoding", "gzip");
    }

    /** Sends {@code body} as JSON. */
    public Answer send(String method, String path, Object body) throws IOException {
        return send(method, path, "application/json", body);
    }

    /**
     * Sends {@code body}, written as JSON, and waits for the answer.
     *
     * @throws IOException when no answer came: what became of the request is then unknown
     */
    public Answer send(String method, String path, String contentType, Object body) throws IOException {
        return send(method, path, contentType, body, "application/json");
    }

    /** The same; the answer comes in the form that {@code accept} names. */
    public Answer send(String method, String path, String contentType, Object body, String accept) throws IOException {
        return await(http.newHttpRequestBuilder()
                .uri(server + path)
                .header("Accept", accept)
                .method(method, contentType, json(body)));
    }

    /**
     * A time that is not before the API server's present one, and later by the way of one request and a second at most;
     * empty before the first answer with a date. Where several API servers answer, their clocks must agree.
     */
    public Optional<Instant> latestServerTime() {
        return Optional.ofNullable(latest)
                .map(reading -> reading.date().plusSeconds(1).plusNanos(System.nanoTime() - reading.askedAt()));
    }

    private Answer await(HttpRequest.Builder request) throws IOException {
        return sent(http, request, timeoutMillis).await();
    }

    private Pending sent(HttpClient by, HttpRequest.Builder request, long millis) {
        long askedAt = System.nanoTime();
        CompletableFuture<HttpResponse<byte[]>> sending = streams.within(
                millis,
                () -> by.sendAsync(
                        request.timeout(millis, TimeUnit.MILLISECONDS).build(), byte[].class));
        return () -> {
            long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - askedAt);
            Answer answer = answer(sending, millis, Math.max(0, millis - waited));
            answer.date().ifPresent(date -> latest = new Reading(date, askedAt));
            return answer;
        };
    }

    private Answer answer(CompletableFuture<HttpResponse<byte[]>> sending, long millis, long left) throws IOException {
        try {
            HttpResponse<byte[]> response = sending.get(left, TimeUnit.MILLISECONDS);
            return new Answer(
                    response.code(),
                    response.body() == null ? new byte[0] : Gunzip.whole(response.body()),
                    dates.of(response.header("Date")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the API server", e);
        } catch (TimeoutException e) {
            throw new IOException("the API server did not answer within %d ms".formatted(millis), e);
        } catch (ExecutionException e) {
            throw new IOException("the API server can't be reached: " + e.getCause(), e);
        }
    }

    private static String json(Object body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("can't be written as JSON: " + body, e);
        }
    }
}
