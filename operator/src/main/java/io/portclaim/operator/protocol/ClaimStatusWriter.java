package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.publish.RenderedStatus;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Writes statuses, each on a version that was known before this leader's last successful ledger write. Thread-safe. */
public final class ClaimStatusWriter {
    private static final int TRIES = 3;

    private final ClaimApi claims;
    private final ClaimTracker tracker;
    private final LeadershipBarrier barrier;

    public ClaimStatusWriter(ClaimApi claims, ClaimTracker tracker, LeadershipBarrier barrier) {
        this.claims = claims;
        this.tracker = tracker;
        this.barrier = barrier;
    }

    /**
     * Writes the status in {@code rendered}, at the version at which {@code claim} was known before the last commit. Where the claim has
     * moved on since, it is read again and written after another commit.
     *
     * @param stillHolds whether what the status says still stands in the index
     * @return whether the status stands; false when the claim is gone
     */
    public boolean write(Claim claim, RenderedStatus rendered, BooleanSupplier stillHolds) {
        PortClaimStatus status = rendered.status();
        Claim at = claim;
        for (int i = 0; i < TRIES; i++) {
            tracker.expect(claim, rendered);
            ClaimApi.Answer answer = claims.writeStatus(at, status);
            if (answer instanceof ClaimApi.Answer.Written written) {
                tracker.written(claim, written.version());
                return true;
            }
            if (answer instanceof ClaimApi.Answer.Failed failed) {
                throw new IllegalStateException(
                        "the status of %s can't be written now: %s".formatted(claim, failed.why()));
            }
            Optional<Claim> found = claims.of(claim.uid(), claim.key());
            if (found.isEmpty()) {
                return false;
            }
            at = found.get();
            tracker.seen(at);
            if (status.equals(at.status())) {
                return true;
            }
            barrier.await();
            if (!stillHolds.getAsBoolean()) {
                throw new IllegalStateException("the decision on %s has changed meanwhile".formatted(claim));
            }
        }
        throw new IllegalStateException("the status of %s changes faster than it can be written".formatted(claim));
    }
}
