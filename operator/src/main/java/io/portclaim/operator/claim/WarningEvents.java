package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.WarningEvent;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reports what is wrong by a Warning event, once per reason and generation. After a restart, the condition that stands from
 * before says whether it was reported. There is none for success: it would cost a third of the throughput.
 */
final class WarningEvents {
    private final KubernetesClient client;
    private final Clock clock;
    private final ReportedWarnings reported = new ReportedWarnings();

    WarningEvents(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /**
     * Reports what {@code now} says and the status of {@code claim}, which was written before, did not. An event that can't be
     * written is not worth a retry.
     */
    void record(Claim claim, RenderedStatus now) {
        record(claim, Conditions.READY, now.waitsFor());
        record(claim, Conditions.USABLE, now.unusable());
    }

    private void record(Claim claim, String type, @Nullable Refusal refusal) {
        if (refusal == null) {
            return;
        }
        boolean isNew = reported.add(claim.uid(), claim.generation(), refusal.reason());
        if (isNew && !isReported(claim, type, refusal)) {
            write(claim, refusal);
        }
    }

    private static boolean isReported(Claim claim, String type, Refusal refusal) {
        return ClaimStatuses.condition(claim.status(), type)
                .filter(before -> before.reason().equals(refusal.reason().text())
                        && Objects.equals(before.observedGeneration(), claim.generation()))
                .isPresent();
    }

    private void write(Claim claim, Refusal refusal) {
        ObjectReference about = new ObjectReferenceBuilder()
                .withApiVersion(PortClaimApi.API_VERSION)
                .withKind("PortClaim")
                .withNamespace(claim.key().namespace())
                .withName(claim.key().name())
                .withUid(claim.uid())
                .withResourceVersion(claim.version())
                .build();
        new WarningEvent(about, refusal.reason().text(), refusal.message()).write(client, clock.instant());
    }
}
