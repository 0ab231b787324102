package io.portclaim.operator.claim;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.time.Instant;
import java.util.Objects;

/** Claims as the API server and JOSDK know them. */
final class Claims {
    /** What the schema puts where no status was written yet: it says so to programs, and nothing to the operator. */
    private static final PortClaimStatus UNSERVED =
            new PortClaimStatus(null, 0L, null, null, null, null, null, null, null, null);

    private Claims() {}

    static Claim of(PortClaim object) {
        PortClaim claim = object instanceof PackedClaim packed ? packed.whole() : object;
        return new Claim(
                claim.getMetadata().getUid(),
                new ClaimKey(
                        claim.getMetadata().getNamespace(), claim.getMetadata().getName()),
                claim.getMetadata().getResourceVersion(),
                Objects.requireNonNullElse(claim.getMetadata().getGeneration(), 0L),
                Instant.parse(claim.getMetadata().getCreationTimestamp()),
                claim.getSpec(),
                UNSERVED.equals(claim.getStatus()) ? null : claim.getStatus());
    }

    static ResourceID id(Claim claim) {
        return new ResourceID(claim.key().name(), claim.key().namespace());
    }
}
