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
    private boolean isListed;

    /** A list is requested: until it is whole, and watched from, the cache has parts of two states. */
    public synchronized void listing() {
        position = NONE;
        isListed = true;
    }

    /**
     * A watch can't begin because the API server is away, as while etcd is set back to a snapshot. If it was, the same versions come again
     * with other contents, and a watch that goes on later does not notice. So until the next list nothing is known.
     */
    public synchronized void lost() {
        position = NONE;
        isListed = false;
    }

    /**
     * A watch begins at {@code version}. The first after a list begins where the list was made. A later one goes on where the watch
     * before it ended, and the last events of that may be on their way to the cache, so it says nothing.
     */
    public synchronized void watching(long version) {
        if (isListed) {
            position = version;
            isListed = false;
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
