package io.portclaim.operator.protocol;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * A list that was requested. Its objects need not be of one moment, but none is older than the request for the list.
 *
 * @param <T> the kind of objects
 */
@FunctionalInterface
public interface Listing<T> {
    /** Does what can be done before the API server has answered, so that {@link #forEach} takes less time after it has. */
    default void prepare() {}

    /**
     * Waits for the objects and calls {@code visitor} with each.
     *
     * @throws IOException when they can't all be listed now; some may have been visited by then
     */
    void forEach(Consumer<T> visitor) throws IOException;
}
