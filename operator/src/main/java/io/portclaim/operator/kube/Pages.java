package io.portclaim.operator.kube;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A list that comes page by page, the next one on its way while one is visited. The API server serves all pages of one list from one
 * revision. Where it can't, because that was compacted meanwhile, the list has failed: what it has brought so far is of no use, and the
 * rest is not asked for at a later one.
 */
public final class Pages {
    private Pages() {}

    /**
     * A page.
     *
     * @param items what is on it
     * @param next the token that the next one is asked for with; null or empty when it is the last
     */
    public record Page<T>(Items<T> items, @Nullable String next) {
        private boolean isLast() {
            return next == null || next.isEmpty();
        }
    }

    /** What is on a page, which is parsed when it is visited: the request for the next page does not wait for that. */
    @FunctionalInterface
    public interface Items<T> {
        /**
         * The objects.
         *
         * @throws IOException when the page is not what it should be
         */
        List<T> read() throws IOException;
    }

    /** A page that is on its way. */
    @FunctionalInterface
    public interface Requested<T> {
        /**
         * Waits until it is there.
         *
         * @throws IOException when it can't be had now
         */
        Page<T> await() throws IOException;
    }

    /** Asks for a page. */
    @FunctionalInterface
    public interface Source<T> {
        /** Asks for the first page without a {@code token}, and with one for that which it stands for; does not wait. */
        Requested<T> request(@Nullable String token);
    }

    /**
     * Calls {@code visitor} with every object.
     *
     * @throws IOException when they can't all be listed now; some may have been visited by then
     */
    public static <T> void forEach(Source<T> source, Consumer<T> visitor) throws IOException {
        @Nullable Requested<T> requested = source.request(null);
        while (requested != null) {
            Page<T> page = requested.await();
            requested = page.isLast() ? null : source.request(page.next());
            page.items().read().forEach(visitor);
        }
    }
}
