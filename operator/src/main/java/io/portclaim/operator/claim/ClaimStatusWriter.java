package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.kube.StatusPut;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.publish.RenderedStatus;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Writes statuses: a minimal PUT of the status subresource, which is the cheapest write there is and the only one that
 * checks UID and version. Thread-safe.
 */
final class ClaimStatusWriter {
    private static final int TRIES = 3;

    private final LiveClaims live;
    private final Requests requests;
    private final ClaimTracker tracker;
    private final LeadershipBarrier barrier;

    ClaimStatusWriter(LiveClaims live, Requests requests, ClaimTracker tracker, LeadershipBarrier barrier) {
        this.live = live;
        this.requests = requests;
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
    boolean write(Claim claim, RenderedStatus rendered, BooleanSupplier stillHolds) {
        PortClaimStatus status = rendered.status();
        Claim at = claim;
        for (int i = 0; i < TRIES; i++) {
            tracker.expect(claim, rendered);
            Requests.Answer answer = put(at, status);
            if (answer.isSuccess()) {
                tracker.written(claim, answer.resourceVersion());
                return true;
            }
            if (answer.code() != 409 && answer.code() != 404) {
                throw new IllegalStateException(
                        "the status of %s can't be written now: %s".formatted(claim, answer.message()));
            }
            Optional<Claim> found = live.of(claim.uid(), claim.key());
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
                throw new IllegalStateException("what was decided on %s has changed meanwhile".formatted(claim));
            }
        }
        throw new IllegalStateException("the status of %s changes faster than it can be written".formatted(claim));
    }

    private Requests.Answer put(Claim at, PortClaimStatus status) {
        String namespace = at.key().namespace();
        String name = at.key().name();
        return new StatusPut("PortClaim", LiveClaims.path(at.key()), namespace, name, at.uid(), at.version())
                .send(requests, status);
    }
}
