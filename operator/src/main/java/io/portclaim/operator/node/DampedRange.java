package io.portclaim.operator.node;

import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What counts of one node's ephemeral range that is changed again and again, as when two tools fight over the sysctl: each
 * change would be written into the status of every claim that it concerns, which may be thousands. What is lent may change
 * {@value #FREE_CHANGES} times in ten minutes and counts at once. A range that changes more often is <em>flapping</em>: all that
 * it has been lately counts as lent, so nothing is given out that is lent now and then, until it has stayed unchanged for ten minutes.
 * One that still grows then counts as all ports. The idea is that of route flap damping (RFC 2439). Not thread-safe.
 */
final class DampedRange {
    /** More than somebody who tries a setting or two on a machine makes. */
    static final int FREE_CHANGES = 4;
    /** Within which changes are counted, and for how long a flapping range must stay unchanged. */
    static final Duration STILL = Duration.ofMinutes(10);

    private static final Settings EVERYTHING = new Settings(PortSet.ALL, PortSet.EMPTY);

    private Settings said;
    private Settings counted;
    private Instant changedAt = Instant.MIN;
    /** The last changes, so many as are free. */
    private final Deque<Change> changes = new ArrayDeque<>(FREE_CHANGES);

    private boolean isFlapping;
    private int growths;

    /**
     * A node's kernel settings.
     *
     * @param ephemeral what outgoing connections are lent
     * @param reserved what is never lent, within the range or out of it
     */
    record Settings(PortSet ephemeral, PortSet reserved) {
        private PortSet lent() {
            return ephemeral.minus(reserved);
        }

        /** Settings that lend what either lends. */
        private Settings or(Settings other) {
            return new Settings(
                    ephemeral.union(other.ephemeral),
                    reserved.union(other.reserved).minus(lent().union(other.lent())));
        }
    }

    private record Change(Settings from, Instant at) {}

    /** A range that was never changed as far as is known. */
    DampedRange(Settings first) {
        this.said = first;
        this.counted = first;
    }

    /** The node says {@code now}; what counts from then on. */
    Settings say(Settings now, Instant at) {
        settle(at);
        Settings before = said;
        said = now;
        if (!lendsTheSame(before, now)) {
            changedAt = at;
            if (changes.size() == FREE_CHANGES) {
                isFlapping |= changes.removeFirst().at.isAfter(at.minus(STILL));
            }
            changes.addLast(new Change(before, at));
        }
        counted = isFlapping ? widest(now) : now;
        return counted;
    }

    private Settings widest(Settings now) {
        Settings all = counted.or(now);
        for (Change change : changes) {
            all = all.or(change.from);
        }
        if (lendsTheSame(all, counted)) {
            return counted;
        }
        growths++;
        return growths > FREE_CHANGES ? EVERYTHING : all;
    }

    /** What is reserved outside the range has no part in what is lent. */
    private static boolean lendsTheSame(Settings some, Settings others) {
        return some.equals(others) || some.lent().equals(others.lent());
    }

    /** Lets time pass; whether another range counts now. */
    boolean settle(Instant at) {
        if (!isFlapping || changedAt.plus(STILL).isAfter(at)) {
            return false;
        }
        isFlapping = false;
        growths = 0;
        changes.clear();
        boolean isOther = !counted.equals(said);
        counted = said;
        return isOther;
    }

    /** Whether it has changed so often that all that it has been lately counts. */
    boolean isFlapping() {
        return isFlapping;
    }

    /** What counts. */
    Settings counted() {
        return counted;
    }
}
