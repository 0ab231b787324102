package io.portclaim.operator.kube;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.Condition;
import java.time.Instant;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Warning event.
 *
 * @param about the object; without a namespace, the event is in the namespace {@code default}, as the API server wants it
 * @param reason the reason of the condition that says the same
 * @param message what is wrong; cut to 1,024 characters, more are refused
 */
public record WarningEvent(ObjectReference about, String reason, String message) {
    private static final Logger LOG = LoggerFactory.getLogger(WarningEvent.class);
    private static final int MAX_MESSAGE = 1024;

    /** The event that says what {@code condition} says. */
    public static WarningEvent of(ObjectReference about, Condition condition) {
        return new WarningEvent(about, condition.reason(), condition.message());
    }

    /** Writes it. One that can't be written is not worth a retry: the condition says the same. */
    public void write(KubernetesClient client, Instant now) {
        Event event = new EventBuilder()
                .withNewMetadata()
                .withGenerateName(about.getName() + "-")
                .withNamespace(Objects.requireNonNullElse(about.getNamespace(), "default"))
                .endMetadata()
                .withInvolvedObject(about)
                .withType("Warning")
                .withReason(reason)
                .withMessage(message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 3) + "...")
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
            LOG.warn("{} {}: an event could not be written: {}", about.getKind(), about.getName(), e.getMessage());
        }
    }
}
