package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.kube.WarningEvent;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells of what is wrong by a Warning event, once per reason and generation; the condition that stands from before says
 * whether it was told. There is none for success: it would cost a third of the throughput.
 */
final class WarningEvents {
    private static final List<String> TOLD = List.of(Conditions.READY, Conditions.USABLE);

    private final KubernetesClient client;
    private final Clock clock;

    WarningEvents(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** Tells what {@code now} says and {@code before} did not. An event that can't be written is not worth a retry. */
    void record(Claim claim, @Nullable PortClaimStatus before, PortClaimStatus now) {
        for (String type : TOLD) {
            ClaimStatuses.condition(now, type)
                    .filter(condition -> condition.status().equals("False"))
                    .filter(condition -> ClaimStatuses.condition(before, type)
                            .filter(old -> old.reason().equals(condition.reason())
                                    && Objects.equals(old.observedGeneration(), condition.observedGeneration()))
                            .isEmpty())
                    .ifPresent(condition -> write(claim, condition));
        }
    }

    private void write(Claim claim, Condition condition) {
        ObjectReference about = new ObjectReferenceBuilder()
                .withApiVersion(PortClaimApi.API_VERSION)
                .withKind("PortClaim")
                .withNamespace(claim.key().namespace())
                .withName(claim.key().name())
                .withUid(claim.uid())
                .withResourceVersion(claim.version())
                .build();
        WarningEvent.of(about, condition).write(client, clock.instant());
    }
}
