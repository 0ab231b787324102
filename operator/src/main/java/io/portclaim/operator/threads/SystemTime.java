package io.portclaim.operator.threads;

import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.Time;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The machine's time; whoever waits blocks. Thread-safe. */
public final class SystemTime implements Time {
    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public void await(CompletableFuture<?> done) {
        try {
            done.get();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException | CancellationException e) {
            // Complete is complete: how it ended is for the caller to see.
            return;
        }
    }

    @Override
    public boolean await(CompletableFuture<?> done, Duration atMost) {
        try {
            done.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return done.isDone();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException | CancellationException e) {
            return true;
        }
        return true;
    }

    private static LeadershipLost interrupted() {
        Thread.currentThread().interrupt();
        return new LeadershipLost("the operator is stopping");
    }
}
