package io.portclaim.operator.cache;

import java.util.OptionalLong;

/**
 * The version of a kind up to which a cache has everything that was written. A watch brings events in the order of their versions,
 * and the cache takes each before the next, so after a whole list that is the version of the last event.
 *
 * <p>Versions of one kind can be compared as numbers (Kubernetes' API concepts, "Resource versions"; KEP-5504). Thread-safe.
 */
public final class CachePosition {
    private static final long NONE = 0;

    private long position = NONE;

    /** A list is requested: until it is whole, and watched from, the cache has parts of two states. */
    public synchronized void listing() {
        position = NONE;
    }

    /**
     * A watch begins at {@code version}. The first after a list begins where the list was made. A later one goes on where the watch
     * before it ended, and the last events of that may be on their way to the cache, so it says nothing.
     */
    public synchronized void watching(long version) {
        if (position == NONE) {
            position = version;
        }
    }

    /** The cache has taken an object in this version. */
    public synchronized void taken(long version) {
        if (position != NONE) {
            position = Math.max(position, version);
        }
    }

    /** The version; empty while nothing can be said. */
    public synchronized OptionalLong now() {
        return position == NONE ? OptionalLong.empty() : OptionalLong.of(position);
    }
}
