package io.portclaim.operator.threads;

import io.portclaim.operator.protocol.Background;
import io.portclaim.operator.protocol.NamespaceShares;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** A few threads of one name. Thread-safe. */
public final class Workers implements Background {
    private final ExecutorService threads;
    private final int most;
    private final NamespaceQueue queue;

    /** Starts up to {@code most} threads when there is work. */
    public Workers(String name, int most) {
        this.most = most;
        this.queue = new NamespaceQueue(new NamespaceShares(most));
        this.threads = Executors.newFixedThreadPool(most, work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public boolean run(Runnable work) {
        try {
            threads.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    @Override
    public boolean run(String namespace, Runnable work) {
        queue.add(namespace, work);
        return run(this::takeWork);
    }

    @Override
    public int workers() {
        return most;
    }

    private void takeWork() {
        do {
            Optional<NamespaceQueue.Piece> piece = queue.take();
            if (piece.isEmpty()) {
                return;
            }
            try {
                piece.get().work().run();
            } finally {
                queue.done(piece.get());
                // Beside this thread, one more: others may have left their shares.
                if (queue.askBack() && !run(this::takeWork)) {
                    queue.turnAway();
                }
            }
        } while (queue.askBack());
    }

    @Override
    public void runAfter(Duration pause, Runnable work) {
        CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS).execute(() -> run(work));
    }

    @Override
    public boolean finish(Duration atMost) {
        threads.shutdown();
        try {
            return threads.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            threads.shutdownNow();
        }
    }
}
