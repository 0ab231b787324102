package io.portclaim.operator.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Those that wait for a write of the ledger, and how long more of them are waited for. Thread-safe, for one taker. */
final class CommitQueue {
    /**
     * How long a batch gathers where the one before served several: dozens of claims are on their way then, and each has two
     * writes of its own to wait for. A claim that comes alone waits for nobody.
     */
    private static final Duration LINGER = Duration.ofMillis(30);

    private static final int BUSY = 4;

    private final BlockingQueue<CompletableFuture<Void>> waiting = new LinkedBlockingQueue<>();
    private boolean busy;

    /** Has somebody wait. */
    CompletableFuture<Void> add() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        waiting.add(done);
        return done;
    }

    /** Waits until somebody waits, and takes all that do; empty when {@code closed} is counted down meanwhile. */
    List<CompletableFuture<Void>> next(CountDownLatch closed) throws InterruptedException {
        List<CompletableFuture<Void>> batch = new ArrayList<>();
        batch.add(waiting.take());
        if (busy && closed.await(LINGER.toMillis(), TimeUnit.MILLISECONDS)) {
            waiting.addAll(batch);
            return List.of();
        }
        waiting.drainTo(batch);
        busy = batch.size() >= BUSY;
        return batch;
    }

    /** Tells all that wait that there will be no write. */
    void fail(LeadershipLost why) {
        List<CompletableFuture<Void>> rest = new ArrayList<>();
        waiting.drainTo(rest);
        rest.forEach(done -> done.completeExceptionally(why));
    }
}
