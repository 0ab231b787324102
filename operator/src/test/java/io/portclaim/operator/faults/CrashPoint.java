package io.portclaim.operator.faults;

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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a process dies.
 *
 * @param write at which kind of write
 * @param nth at which one of them, from 1
 * @param side before it is sent, or after it was carried out and before its answer is seen
 */
record CrashPoint(Write write, int nth, Side side) {
    /** As SIGKILL's: 128 and the signal's number. */
    static final int EXIT_CODE = 137;

    enum Write {
        /** Of the ledger. One that only says what has been released may come at any time, and does not count. */
        DECISION,
        CONFIG_MAP,
        STATUS;

        private static final ObjectMapper JSON = new ObjectMapper();

        private static boolean decides(HttpRequest request) {
            try {
                String data =
                        JSON.readTree(request.bodyString()).findValue("data").asText();
                try (InputStream in = new InflaterInputStream(
                        new ByteArrayInputStream(Base64.getDecoder().decode(data)))) {
                    return !JSON.readTree(in).path("p").isEmpty();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        boolean isSeenIn(HttpRequest request) {
            String path = request.uri().getPath();
            return switch (this) {
                case DECISION ->
                    request.method().equals("PATCH") && path.endsWith("/portledgers/cluster") && decides(request);
                case CONFIG_MAP ->
                    List.of("POST", "PUT", "DELETE").contains(request.method()) && path.contains("/configmaps");
                case STATUS ->
                    request.method().equals("PUT") && path.contains("/portclaims/") && path.endsWith("/status");
            };
        }
    }

    enum Side {
        BEFORE,
        AFTER
    }

    static CrashPoint parse(String text) {
        String[] words = text.split(" ");
        return new CrashPoint(Write.valueOf(words[0]), Integer.parseInt(words[1]), Side.valueOf(words[2]));
    }

    String format() {
        return write + " " + nth + " " + side;
    }

    /** Ends this process at the point that it is armed with. Thread-safe. */
    static final class Trap implements Interceptor {
        private final AtomicInteger sent = new AtomicInteger();
        private final AtomicInteger answered = new AtomicInteger();
        private volatile @Nullable CrashPoint point;

        void arm(CrashPoint at) {
            point = at;
        }

        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            dieAt(request, Side.BEFORE, sent);
        }

        @Override
        public void after(HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> body) {
            dieAt(request, Side.AFTER, answered);
        }

        private void dieAt(HttpRequest request, Side side, AtomicInteger count) {
            CrashPoint at = point;
            if (at != null && at.side == side && at.write.isSeenIn(request) && count.incrementAndGet() == at.nth) {
                // Ends like SIGKILL, with no hook and nothing flushed, and sooner: a signal leaves the other threads
                // time to
                // send more.
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        }
    }
}
