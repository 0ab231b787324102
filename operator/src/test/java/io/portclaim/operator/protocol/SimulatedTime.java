package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Time that passes when somebody waits, for one thread: what nobody else can complete meanwhile is waited for in vain. */
final class SimulatedTime implements Time {
    private long nanos;

    @Override
    public long nanos() {
        return nanos;
    }

    /** Has time pass. */
    void pass(Duration duration) {
        nanos += duration.toNanos();
    }

    @Override
    public void await(CompletableFuture<?> done) {
        if (!done.isDone()) {
            throw new IllegalStateException("this thread would wait for ever");
        }
    }

    @Override
    public boolean await(CompletableFuture<?> done, Duration atMost) {
        if (!done.isDone()) {
            nanos += atMost.toNanos();
        }
        return done.isDone();
    }
}
