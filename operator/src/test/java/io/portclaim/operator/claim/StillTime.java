package io.portclaim.operator.claim;

import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.threads.SystemTime;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** Time whose steady clock the test sets; whoever waits blocks. */
record StillTime(LongSupplier clock) implements Time {
    private static final Time SYSTEM = new SystemTime();

    @Override
    public long nanos() {
        return clock.getAsLong();
    }

    @Override
    public void await(CompletableFuture<?> done) {
        SYSTEM.await(done);
    }

    @Override
    public boolean await(CompletableFuture<?> done, Duration atMost) {
        return SYSTEM.await(done, atMost);
    }
}
