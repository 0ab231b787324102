package io.portclaim.operator.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a process dies or pauses.
 *
 * @param write at which kind of write
 * @param side before it is sent, or after it was carried out and before its answer is seen
 * @param effect what happens to the process
 */
public record CrashPoint(Write write, Side side, Effect effect) {
    /** As SIGKILL's: 128 and the signal's number. */
    public static final int EXIT_CODE = 137;

    /** A process that dies there. */
    public CrashPoint(Write write, Side side) {
        this(write, side, Effect.DEATH);
    }

    /** The kinds of writes. */
    public enum Write {
        /** Of the ledger, with the decision on a claim or a pod. */
        DECISION,
        /** Of the ledger, without a new decision: what is settled, released or over. */
        SETTLEMENT,
        CONFIG_MAP,
        STATUS,
        /** Of a pod: its ports, and the removal of its gate. */
        POD;

        /** Whether {@code request} is of this kind, and for claims of {@code namespace} where it is not of the ledger. */
        boolean isSeenIn(HttpRequest request, String namespace) {
            String path = request.uri().getPath();
            return switch (this) {
                case DECISION, SETTLEMENT -> request.method().equals("PATCH") && path.endsWith("/portledgers/cluster");
                case CONFIG_MAP ->
                    List.of("POST", "PUT", "DELETE").contains(request.method())
                            && path.contains("/namespaces/%s/configmaps".formatted(namespace));
                case STATUS ->
                    request.method().equals("PUT")
                            && path.contains("/namespaces/%s/portclaims/".formatted(namespace))
                            && path.endsWith("/status");
                case POD ->
                    request.method().equals("PATCH") && path.contains("/namespaces/%s/pods/".formatted(namespace));
            };
        }
    }

    /** The side of the write. */
    public enum Side {
        BEFORE,
        AFTER
    }

    /** What happens there. */
    public enum Effect {
        /** As by SIGKILL. */
        DEATH,
        /** As by SIGSTOP, until somebody sends SIGCONT. */
        PAUSE
    }

    /**
     * Ends or pauses this process at the first such write for the claims and pods of a namespace, from when it is armed.
     * Thread-safe.
     */
    static final class Trap implements Interceptor {
        private static final ObjectMapper JSON = new ObjectMapper();

        /** What has been decided, by UID and version, and sent. */
        private final Set<String> decided = ConcurrentHashMap.newKeySet();
        /** Whether the ledger's last write has a new decision; there is one at a time. */
        private volatile boolean decidesAnew;

        private volatile @Nullable CrashPoint point;
        private volatile String namespace = "";

        /** What {@link #arm(String)} reads. */
        static String order(CrashPoint point, String namespace) {
            return "%s %s %s %s".formatted(point.write, point.side, namespace, point.effect);
        }

        void arm(String order) {
            String[] words = order.split(" ");
            namespace = words[2];
            point = new CrashPoint(Write.valueOf(words[0]), Side.valueOf(words[1]), Effect.valueOf(words[3]));
        }

        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            if (Write.DECISION.isSeenIn(request, namespace)) {
                decidesAnew = decidesAnew(request);
            }
            endAt(request, Side.BEFORE);
        }

        @Override
        public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> body) {
            if (response.isSuccessful()) {
                endAt(request, Side.AFTER);
            }
        }

        private void endAt(HttpRequest request, Side side) {
            CrashPoint at = point;
            if (at != null
                    && at.side == side
                    && at.write.isSeenIn(request, namespace)
                    && switch (at.write) {
                        case DECISION -> decidesAnew;
                        case SETTLEMENT -> !decidesAnew;
                        case CONFIG_MAP, STATUS, POD -> true;
                    }) {
                switch (at.effect) {
                    // Ends like SIGKILL, with no hook and nothing flushed, and sooner: a signal leaves the
                    // other threads time to send more.
                    case DEATH -> Runtime.getRuntime().halt(EXIT_CODE);
                    case PAUSE -> {
                        point = null;
                        // Returns after SIGCONT.
                        ChildOperator.signal("-STOP", ProcessHandle.current().pid());
                    }
                }
            }
        }

        /** A decision is in each write until it is settled, which its claim's status does not show. */
        private boolean decidesAnew(HttpRequest request) {
            boolean hasNew = false;
            for (JsonNode entry : decisions(request)) {
                hasNew |= decided.add(id(entry)) && entry.path("s").asText().equals(namespace);
            }
            return hasNew;
        }

        private static JsonNode decisions(HttpRequest request) {
            try {
                String data =
                        JSON.readTree(request.bodyString()).findValue("data").asText();
                try (InputStream in = new InflaterInputStream(
                        new ByteArrayInputStream(Base64.getDecoder().decode(data)))) {
                    return JSON.readTree(in).path("p");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String id(JsonNode entry) {
            return entry.path("u").asText() + " " + entry.path("v").asText();
        }
    }
}
