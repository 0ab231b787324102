package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.protocol.Claim;
import org.jspecify.annotations.Nullable;

/** A status that somebody has written by hand, so well that nothing shows it. */
final class ForgedStatus {
    private ForgedStatus() {}

    /** What {@code other} has, as the status of {@code claim}. */
    static @Nullable PortClaimStatus of(Claim claim, Claim other) {
        PortClaimStatus status = other.status();
        return status == null
                ? null
                : new PortClaimStatus(
                        status.phase(),
                        status.observedGeneration(),
                        claim.uid(),
                        status.poolName(),
                        status.configMapName(),
                        status.summary(),
                        status.nodesDesired(),
                        status.nodesAssigned(),
                        status.ports(),
                        status.nodes(),
                        status.pods(),
                        status.conditions());
    }
}
