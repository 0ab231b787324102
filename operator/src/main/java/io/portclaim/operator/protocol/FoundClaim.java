package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.publish.BelievedPorts;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.DataDigest;
import org.jspecify.annotations.Nullable;

/**
 * What a take-over keeps of a claim. It keeps all claims at once, so of each status only what it says that the claim holds.
 *
 * @param allocation what the index would know of the claim from its status alone
 * @param spec what it asks for
 * @param wishes what an earlier claim of its name held, as its status says
 * @param isDone whether its status says that its present spec is satisfied
 * @param conflict why another claim keeps its ports, as its status says; null where none does
 * @param digest the digest of the data that its ConfigMap has if it says what the status says; "" of one of scope Pod, which has no such
 *     data
 */
public record FoundClaim(
        ClaimAllocation allocation,
        PortClaimSpec spec,
        Assignment wishes,
        boolean isDone,
        @Nullable String conflict,
        String digest) {

    /** Of {@code claim}, which {@code pool} serves; a status that a backup tool has brought is believed as {@code belief} says. */
    static FoundClaim of(Claim claim, String pool, MapBelief belief) {
        ClaimAllocation allocation = claim.asReported(pool);
        return new FoundClaim(
                allocation,
                claim.spec(),
                claim.isStatusRestored() ? claim.wished(belief.of(claim, BelievedPorts.Held.ANY)) : Assignment.NONE,
                claim.isReportedAsDone(),
                claim.isReportedAsConflicted() ? readyMessage(claim) : null,
                claim.isPerPod()
                        ? ""
                        : DataDigest.of(ConfigMapData.render(
                                claim.spec().scope(), claim.spec().nodeName(), allocation.published())));
    }

    private static String readyMessage(Claim claim) {
        return ClaimStatuses.condition(claim.status(), Conditions.READY)
                .map(Condition::message)
                .orElse("another claim keeps its port; delete this claim and create it again to get new ports");
    }

    String uid() {
        return allocation.uid();
    }

    boolean isPerPod() {
        return spec.scope() == Scope.POD;
    }

    /** What its status says that it holds. */
    Assignment reported() {
        return allocation.published();
    }

    @Override
    public String toString() {
        return "PortClaim " + allocation.key();
    }
}
