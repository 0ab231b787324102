package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Those that wait for a write of the ledger, and for how long a batch gathers. Thread-safe, for one taker. */
final class CommitQueue {
    /**
     * How long a batch gathers in a backlog: dozens of claims are on their way then, and each has two writes of its own to wait
     * for. A claim that comes alone waits for nobody.
     */
    private static final Duration LINGER = Duration.ofMillis(30);

    /** A batch of so many begins a backlog. */
    private static final int BUSY = 4;
    /**
     * Gathering goes on only while it finds so many. With 120 claims a second, half of what two cores serve, it finds 5 each time,
     * and would go on for ever; where the claims of a namespace are deleted, or many claims wait, it finds 12 to 17.
     */
    private static final int STILL_BUSY = 7;

    private final Time time;
    private final CompletableFuture<LeadershipLost> closed = new CompletableFuture<>();
    private List<CompletableFuture<Void>> waiting = new ArrayList<>();
    /** Completes when somebody waits. */
    private CompletableFuture<Void> somebody = new CompletableFuture<>();

    private boolean busy;

    CommitQueue(Time time) {
        this.time = time;
    }

    /** Has somebody wait; fails at once when it is closed. */
    CompletableFuture<Void> add() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        LeadershipLost why;
        CompletableFuture<Void> taker;
        synchronized (this) {
            why = closed.getNow(null);
            if (why == null) {
                waiting.add(done);
            }
            taker = somebody;
        }
        if (why == null) {
            taker.complete(null);
        } else {
            done.completeExceptionally(why);
        }
        return done;
    }

    /** Waits until somebody waits, and takes all that do; empty when it is closed. */
    List<CompletableFuture<Void>> next() {
        CompletableFuture<Void> first;
        synchronized (this) {
            first = somebody;
        }
        time.await(first);
        if (busy) {
            time.await(closed, LINGER);
        }
        List<CompletableFuture<Void>> batch = take();
        busy = batch.size() >= (busy ? STILL_BUSY : BUSY);
        return batch;
    }

    private synchronized List<CompletableFuture<Void>> take() {
        List<CompletableFuture<Void>> batch = waiting;
        waiting = new ArrayList<>();
        if (!closed.isDone()) {
            somebody = new CompletableFuture<>();
        }
        return batch;
    }

    /** Fails all that wait and all that come, the first time with {@code why} for all times. */
    void close(LeadershipLost why) {
        CompletableFuture<Void> taker;
        synchronized (this) {
            closed.complete(why);
            taker = somebody;
        }
        take().forEach(done -> done.completeExceptionally(closed.join()));
        taker.complete(null);
    }

    /** Why it is closed; null while it is not. */
    @Nullable
    LeadershipLost closed() {
        return closed.getNow(null);
    }

    /** Waits for {@code pause}; returns whether it was closed meanwhile. */
    boolean isClosedAfter(Duration pause) {
        return time.await(closed, pause);
    }
}
