package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Snapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A process with the real ledger, whose steps the test makes. */
final class LedgerProcess {
    private static final String LEASE = "ports/portclaim";

    final Ledger ledger;
    private Snapshot decisions = Snapshot.EMPTY;

    LedgerProcess(LedgerApi api, String name) {
        this.ledger = new Ledger(
                api,
                () -> decisions,
                new Ledger.Identity(LEASE, name, lease -> Optional.empty()),
                new Unobserved(),
                new SimulatedTime());
    }

    /** What the next commit carries. */
    void decided(Snapshot snapshot) {
        decisions = snapshot;
    }

    /** Takes the ledger over; empty where that can't be now. */
    Optional<Snapshot> fence() {
        try {
            return Optional.of(ledger.fence());
        } catch (IOException | RuledByOther e) {
            return Optional.empty();
        }
    }

    /** Commits; the result is why it failed, null when it succeeded. */
    @Nullable
    Throwable commit() {
        CompletableFuture<Void> done = ledger.commit();
        ledger.step();
        return failure(done);
    }

    /** Why what is complete by now failed; null when it succeeded. */
    static @Nullable Throwable failure(CompletableFuture<Void> done) {
        try {
            done.getNow(null);
        } catch (CompletionException e) {
            return e.getCause();
        }
        if (!done.isDone()) {
            throw new IllegalStateException("nobody has written what this waits for");
        }
        return null;
    }

    private static final class Unobserved implements Ledger.Observer {
        @Override
        public void committed(int waiters, Duration duration, int bytes) {}

        @Override
        public void unanswered(int waiters, Duration duration) {}

        @Override
        public void lost(String why) {}
    }
}
