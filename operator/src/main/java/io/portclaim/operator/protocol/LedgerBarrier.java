package io.portclaim.operator.protocol;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The barrier that the ledger is. Thread-safe. */
public final class LedgerBarrier implements LeadershipBarrier {
    private final Ledger ledger;
    private final Time time;

    /** Waits for writes of {@code ledger}. */
    public LedgerBarrier(Ledger ledger, Time time) {
        this.ledger = ledger;
        this.time = time;
    }

    @Override
    public void await() {
        CompletableFuture<Void> done = ledger.commit();
        time.await(done);
        try {
            done.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof LeadershipLost lost ? lost : e;
        }
    }
}
