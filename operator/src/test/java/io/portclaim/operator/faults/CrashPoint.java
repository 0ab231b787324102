package io.portclaim.operator.faults;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
        LEDGER,
        CONFIG_MAP,
        STATUS;

        boolean isSeenIn(HttpRequest request) {
            String path = request.uri().getPath();
            return switch (this) {
                case LEDGER -> request.method().equals("PATCH") && path.endsWith("/portledgers/cluster");
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
