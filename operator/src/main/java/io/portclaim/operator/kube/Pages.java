package io.portclaim.operator.kube;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A list that comes page by page. The API server serves all pages of one list from one revision. Where it can't, because that was
 * compacted meanwhile, the list has failed: what it has brought so far is of no use, and the rest is not asked for at a later one.
 */
public final class Pages {
    private Pages() {}

    /**
     * A page.
     *
     * @param items what is on it
     * @param next the token that the next one is asked for with; null or empty when it is the last
     */
    public record Page<T>(List<T> items, @Nullable String next) {}

    /** Asks for a page. */
    @FunctionalInterface
    public interface Source<T> {
        /**
         * The first page without a {@code token}, and with one that which it stands for.
         *
         * @throws IOException when it can't be had now
         */
        Page<T> page(@Nullable String token) throws IOException;
    }

    /**
     * Calls {@code visitor} with every object.
     *
     * @throws IOException when they can't all be listed now; some may have been visited by then
     */
    public static <T> void forEach(Source<T> source, Consumer<T> visitor) throws IOException {
        @Nullable String next = null;
        do {
            Page<T> page = source.page(next);
            page.items().forEach(visitor);
            next = page.next();
        } while (next != null && !next.isEmpty());
    }
}
