package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A claim as a cache hands it out: spec and status are built when they are asked for. JOSDK holds such an object for each claim that
 * is queued, which at a start are all of them, and asks for the metadata only.
 */
@Group(PortClaimApi.GROUP)
@Version(PortClaimApi.VERSION)
@Kind("PortClaim")
// Without these two, each object derives them again from its kind, by regular expressions: half of the time that it
// takes to make.
@Plural("portclaims")
@Singular("portclaim")
final class PackedClaim extends PortClaim {
    private static final long serialVersionUID = 1L;

    private final transient Supplier<PortClaim> whole;

    PackedClaim(ObjectMeta metadata, Supplier<PortClaim> whole) {
        this.whole = whole;
        setMetadata(metadata);
    }

    /** The claim with all that is kept of it, built again: to be asked for once where both spec and status are needed. */
    PortClaim whole() {
        return whole.get();
    }

    @Override
    public PortClaimSpec getSpec() {
        return whole().getSpec();
    }

    @Override
    public @Nullable PortClaimStatus getStatus() {
        return whole().getStatus();
    }
}
