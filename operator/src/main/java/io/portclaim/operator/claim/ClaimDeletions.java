package io.portclaim.operator.claim;

import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.DeletedClaimReleaser;
import java.util.Set;
import java.util.function.Consumer;

/** Passes on which claims a watch does not have any more: JOSDK has no reconciliation for a claim that is gone. Thread-safe. */
final class ClaimDeletions extends AbstractEventSource<Void, PortClaim> implements ResourceEventAware<PortClaim> {
    private final DeletedClaimReleaser releaser;
    private final Consumer<ClaimKey> gone;

    /** Calls {@code releaser} with UID and name, and {@code gone} with the name. */
    ClaimDeletions(DeletedClaimReleaser releaser, Consumer<ClaimKey> gone) {
        super(Void.class, "releaser");
        this.releaser = releaser;
        this.gone = gone;
    }

    @Override
    public void onResourceDeleted(PortClaim claim) {
        gone.accept(key(claim));
        releaser.deleted(claim.getMetadata().getUid(), key(claim));
    }

    private static ClaimKey key(PortClaim claim) {
        return new ClaimKey(
                claim.getMetadata().getNamespace(), claim.getMetadata().getName());
    }

    /** A relist may show a claim that was deleted and made again as one that was changed. */
    @Override
    public void onResourceUpdated(PortClaim now, PortClaim before) {
        if (!now.getMetadata().getUid().equals(before.getMetadata().getUid())) {
            releaser.deleted(before.getMetadata().getUid(), key(before));
        }
    }

    @Override
    public Set<Void> getSecondaryResources(PortClaim claim) {
        return Set.of();
    }
}
