package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of what is wrong by a Warning event, once per reason and generation; the condition that stands from before says
 * whether it was told. There is none for success: it would cost a third of the throughput.
 */
final class Warnings {
    private static final Logger LOG = LoggerFactory.getLogger(Warnings.class);
    private static final List<String> TOLD = List.of(Conditions.READY, Conditions.USABLE);

    private final KubernetesClient client;
    private final Clock clock;

    Warnings(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** Tells what {@code now} says and {@code before} did not. An event that can't be written is not worth a retry. */
    void tell(Claim claim, @Nullable PortClaimStatus before, PortClaimStatus now) {
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
        Instant now = clock.instant();
        Event event = new EventBuilder()
                .withNewMetadata()
                .withGenerateName(claim.key().name() + "-")
                .withNamespace(claim.key().namespace())
                .endMetadata()
                .withInvolvedObject(new ObjectReferenceBuilder()
                        .withApiVersion("portclaim.io/v1alpha1")
                        .withKind("PortClaim")
                        .withNamespace(claim.key().namespace())
                        .withName(claim.key().name())
                        .withUid(claim.uid())
                        .withResourceVersion(claim.version())
                        .build())
                .withType("Warning")
                .withReason(condition.reason())
                .withMessage(shortened(condition.message()))
                .withFirstTimestamp(now.toString())
                .withLastTimestamp(now.toString())
                .withCount(1)
                .withNewSource()
                .withComponent("portclaim")
                .endSource()
                .build();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            LOG.warn("{}: an event could not be written: {}", claim, e.getMessage());
        }
    }

    /** The API server refuses a message of more than 1,024 characters. */
    private static String shortened(String message) {
        return message.length() <= 1024 ? message : message.substring(0, 1021) + "...";
    }
}
