package io.portclaim.operator.cache;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * The version of a kind up to which a cache has everything that was written. A watch brings events in the order of their versions,
 * and the cache takes each before the next, so after a whole list that is the version of the last event.
 *
 * <p>Versions of one kind can be compared as numbers (Kubernetes' API concepts, "Resource versions"; KEP-5504). Thread-safe.
 */
public final class CachePosition {
    private static final long NONE = 0;
    /** A request and its retry. */
    private static final int WITHOUT_WEB_SOCKETS = 2;
    /** A watch is refused long before, and one that is not stands for minutes. */
    private static final Duration STOOD = Duration.ofSeconds(30);

    private long position = NONE;
    private boolean isListed;
    private boolean isLost;
    /** Whether a watch from the beginning was requested since it was lost. */
    private boolean isAskedAnew;

    private long askedAnewAt;
    /** Requests for a watch since the list. */
    private int watches;
    /** How many of them were refused. */
    private int refused;

    /** A list is requested: until it is whole, and watched from, the cache has parts of two states. */
    public synchronized void listing() {
        position = NONE;
        isListed = true;
        isLost = false;
        isAskedAnew = false;
        watches = 0;
        refused = 0;
    }

    /**
     * A watch begins at {@code version}. The first after a list begins where the list was made. A later one goes on where the watch
     * before it ended, and the last events of that may be on their way to the cache, so it says nothing.
     */
    public synchronized void watching(long version) {
        watches++;
        if (isListed && !isLost) {
            position = version;
            isListed = false;
        }
    }

    /**
     * Whether the watch that is requested now must begin where no API server can watch from, so that all is listed again. Where one
     * has stood that did, the API server has run since its etcd was empty. So etcd was not set back, and watches go on.
     *
     * @param nanos a steady time
     */
    public synchronized boolean beginsAnew(long nanos) {
        if (isLost && isAskedAnew && nanos - askedAnewAt > STOOD.toNanos()) {
            isLost = false;
        }
        isAskedAnew = isLost;
        askedAnewAt = nanos;
        return isLost;
    }

    /** A list or a watch is to be requested again, by an API server that is there: one that is busy, or has just started. */
    public synchronized void putOff() {
        watches = Math.max(0, watches - 1);
        isAskedAnew = false;
    }

    /**
     * A list or a watch was refused, or could not be requested. A proxy that knows no WebSockets refuses the first watch after a list and
     * its retry, and the client requests the same watch without. All other failures count as {@link #lost}, but those that
     * {@linkplain #putOff put off}.
     */
    public synchronized void failed() {
        refused++;
        if (refused == watches && refused <= WITHOUT_WEB_SOCKETS && !isLost) {
            position = NONE;
            isListed = true;
        } else {
            lost();
        }
    }

    /**
     * The API server was away, and etcd may have been set back to a snapshot meanwhile. Then the same versions come again with other
     * contents, and a watch that goes on does not notice. So nothing is known until all is listed again.
     */
    public synchronized void lost() {
        position = NONE;
        isListed = false;
        isLost = true;
        isAskedAnew = false;
    }

    /** Whether a watch must not go on, because all has to be listed again. */
    public synchronized boolean isLost() {
        return isLost;
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
