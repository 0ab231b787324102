package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Has claims wait that stand as a take-over has found them. Were all requeued at once, a claim without ports would wait until all others
 * were looked at. So only a few of those that have ports are looked at at a time, and each that is done has the next one requeued.
 * Thread-safe.
 */
final class LaterLooks {
    /** Keeps the cores busy, and a claim that comes meanwhile waits for no more than these. */
    static final int AT_ONCE = 32;

    private final Consumer<ClaimKey> requeue;
    /** The longest-waiting first. */
    private final Set<ClaimKey> waiting = new LinkedHashSet<>();
    /** Those that were requeued and have not come yet. */
    private final Set<ClaimKey> called = new HashSet<>();
    /** Those that are looked at. */
    private final Set<ClaimKey> begun = new HashSet<>();

    /** {@code requeue} has a claim come again. */
    LaterLooks(Consumer<ClaimKey> requeue) {
        this.requeue = requeue;
    }

    /** Has these claims looked at, a few at a time. */
    void begin(List<ClaimKey> claims) {
        nextOf(claims).forEach(requeue);
    }

    private synchronized List<ClaimKey> nextOf(List<ClaimKey> claims) {
        waiting.addAll(claims);
        return next();
    }

    /** Whether the claim is looked at now; else it comes again. */
    synchronized boolean begins(ClaimKey claim) {
        if (!called.remove(claim) && left() <= 0) {
            waiting.add(claim);
            return false;
        }
        waiting.remove(claim);
        begun.add(claim);
        return true;
    }

    /** It began, and its namespace had no worker for it: it comes again after all others that wait. */
    synchronized void again(ClaimKey claim) {
        begun.remove(claim);
        waiting.add(claim);
    }

    /** The claim was looked at. Also to be called for claims that never waited, and for those that are gone. */
    void ended(ClaimKey claim) {
        nextAfter(claim).forEach(requeue);
    }

    private synchronized List<ClaimKey> nextAfter(ClaimKey claim) {
        waiting.remove(claim);
        boolean wasCalled = called.remove(claim);
        return begun.remove(claim) || wasCalled ? next() : List.of();
    }

    /** Goes on with claims that had no worker, and where claims that were requeued never come: they were gone by then. */
    void tick() {
        withoutThoseCalled().forEach(requeue);
    }

    private synchronized List<ClaimKey> withoutThoseCalled() {
        called.clear();
        return next();
    }

    private List<ClaimKey> next() {
        List<ClaimKey> next = new ArrayList<>();
        for (Iterator<ClaimKey> first = waiting.iterator(); first.hasNext() && left() > 0; ) {
            ClaimKey claim = first.next();
            first.remove();
            called.add(claim);
            next.add(claim);
        }
        return next;
    }

    private int left() {
        return AT_ONCE - begun.size() - called.size();
    }
}
