package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a claim's ports to its ConfigMap, by create or by an update that carries UID and version, and never touches a
 * ConfigMap that is not the claim's. Thread-safe.
 */
final class ConfigMaps {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigMaps.class);

    private final KubernetesClient client;
    private final Requests requests;
    private final Pass pass;

    /** Before a write that rests on something just read, {@code pass} makes sure that this process still leads. */
    ConfigMaps(KubernetesClient client, Requests requests, Pass pass) {
        this.client = client;
        this.requests = requests;
        this.pass = pass;
    }

    /** The claim's namespace is being deleted: nothing can be made there, and soon the claim is gone too. */
    static final class NamespaceGoing extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Whether {@code cached} says exactly what the claim's ports are, and belongs to it. */
    boolean isUpToDate(Claim claim, Assignment assignment, @Nullable ConfigMap cached) {
        if (cached == null) {
            return assignment.isEmpty();
        }
        return isOwn(claim, cached) && !assignment.isEmpty() && stands(claim, assignment, cached);
    }

    /**
     * Makes the ConfigMap say what {@code assignment} is; without ports there is none.
     *
     * @param cached the ConfigMap as it was known before the last commit; null when there was none
     * @return why it can't be done; empty when it is done
     */
    Optional<Refusal> publish(Claim claim, Assignment assignment, @Nullable ConfigMap cached) {
        if (assignment.isEmpty()) {
            withdraw(claim, cached);
            return Optional.empty();
        }
        return cached == null ? create(claim, assignment) : update(claim, assignment, cached, false);
    }

    private Optional<Refusal> create(Claim claim, Assignment assignment) {
        ConfigMap wanted = new ConfigMapBuilder()
                .withMetadata(metadata(claim, new ObjectMeta()))
                .withData(data(claim, assignment))
                .build();
        Requests.Answer answer = send("POST", collection(claim), wanted);
        if (answer.code() == 409) {
            ConfigMap present = client.configMaps()
                    .inNamespace(claim.key().namespace())
                    .withName(claim.configMapName())
                    .get();
            return present == null ? create(claim, assignment) : update(claim, assignment, present, true);
        }
        return judge(claim, answer);
    }

    private Optional<Refusal> update(Claim claim, Assignment assignment, ConfigMap present, boolean justRead) {
        if (!isOwn(claim, present) && !isEarlier(claim, present)) {
            return Optional.of(ConfigMapIdentity.conflict(claim.configMapName()));
        }
        if (isOwn(claim, present) && stands(claim, assignment, present)) {
            return Optional.empty();
        }
        if (justRead) {
            pass.await();
        }
        ConfigMap wanted = new ConfigMapBuilder()
                .withMetadata(metadata(claim, present.getMetadata()))
                .withData(data(claim, assignment))
                .build();
        Requests.Answer answer = send("PUT", collection(claim) + "/" + claim.configMapName(), wanted);
        if (answer.code() == 404) {
            return create(claim, assignment);
        }
        if (answer.code() == 409) {
            throw new IllegalStateException(
                    "ConfigMap %s/%s changed meanwhile".formatted(claim.key().namespace(), claim.configMapName()));
        }
        LOG.info("{}: ConfigMap {} is updated (HTTP {})", claim, claim.configMapName(), answer.code());
        return judge(claim, answer);
    }

    private static Optional<Refusal> judge(Claim claim, Requests.Answer answer) {
        if (answer.isSuccess()) {
            return Optional.empty();
        }
        if (answer.isNamespaceGoing() || (answer.code() == 404)) {
            throw new NamespaceGoing();
        }
        if (answer.isTransient()) {
            throw new IllegalStateException("ConfigMap %s/%s can't be written now: %s"
                    .formatted(claim.key().namespace(), claim.configMapName(), answer.message()));
        }
        return Optional.of(new Refusal(
                Reason.CONFIG_MAP_REFUSED,
                "the API server refuses ConfigMap %s: %s".formatted(claim.configMapName(), answer.message())));
    }

    private void withdraw(Claim claim, @Nullable ConfigMap cached) {
        if (cached == null || !isOwn(claim, cached)) {
            return;
        }
        Map<String, Object> preconditions = Map.of(
                "apiVersion", "v1",
                "kind", "DeleteOptions",
                "preconditions", Map.of("uid", cached.getMetadata().getUid()));
        Requests.Answer answer = send("DELETE", collection(claim) + "/" + claim.configMapName(), preconditions);
        if (!answer.isSuccess() && answer.code() != 404 && answer.code() != 409) {
            throw new IllegalStateException("ConfigMap %s/%s can't be deleted now: %s"
                    .formatted(claim.key().namespace(), claim.configMapName(), answer.message()));
        }
    }

    private Requests.Answer send(String method, String path, Object body) {
        try {
            return requests.send(method, path, body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String collection(Claim claim) {
        return "/api/v1/namespaces/" + claim.key().namespace() + "/configmaps";
    }

    private static Map<String, String> data(Claim claim, Assignment assignment) {
        return ConfigMapData.render(claim.spec().scope(), claim.spec().nodeName(), assignment);
    }

    private static ConfigMapIdentity identity(Claim claim) {
        return new ConfigMapIdentity(claim.key().name(), claim.uid());
    }

    private static Optional<ConfigMapIdentity> identity(ConfigMap map) {
        return ConfigMapIdentity.of(
                map.getMetadata().getLabels(), map.getMetadata().getAnnotations());
    }

    private static boolean isOwn(Claim claim, ConfigMap map) {
        return identity(map).filter(identity(claim)::equals).isPresent() || isControlledBy(claim, map);
    }

    /** Also where someone has taken our label or annotations off it. */
    private static boolean isControlledBy(Claim claim, ConfigMap map) {
        return owners(map.getMetadata()).stream()
                .anyMatch(owner -> claim.uid().equals(owner.getUid()) && Boolean.TRUE.equals(owner.getController()));
    }

    private static boolean isEarlier(Claim claim, ConfigMap map) {
        return identity(map).filter(found -> found.precedes(identity(claim))).isPresent();
    }

    private static boolean stands(Claim claim, Assignment assignment, ConfigMap map) {
        return data(claim, assignment).equals(Objects.requireNonNullElse(map.getData(), Map.of()))
                && identity(map).filter(identity(claim)::equals).isPresent()
                && owners(map.getMetadata()).contains(owner(claim));
    }

    private static List<OwnerReference> owners(ObjectMeta metadata) {
        return Objects.requireNonNullElse(metadata.getOwnerReferences(), List.of());
    }

    private static OwnerReference owner(Claim claim) {
        return new OwnerReferenceBuilder()
                .withApiVersion("portclaim.io/v1alpha1")
                .withKind("PortClaim")
                .withName(claim.key().name())
                .withUid(claim.uid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build();
    }

    /** Ours beside whatever labels and annotations others have put on it; nothing is copied from the claim. */
    private static ObjectMeta metadata(Claim claim, ObjectMeta present) {
        Map<String, String> labels = new HashMap<>(Objects.requireNonNullElse(present.getLabels(), Map.of()));
        labels.putAll(ConfigMapIdentity.labels());
        Map<String, String> annotations = new HashMap<>(Objects.requireNonNullElse(present.getAnnotations(), Map.of()));
        annotations.putAll(identity(claim).annotations());
        List<OwnerReference> owners = new ArrayList<>(owners(present));
        owners.removeIf(owner -> owner.getKind().equals("PortClaim"));
        owners.add(owner(claim));
        return new ObjectMetaBuilder()
                .withName(claim.configMapName())
                .withNamespace(claim.key().namespace())
                .withUid(present.getUid())
                .withResourceVersion(present.getResourceVersion())
                .withLabels(labels)
                .withAnnotations(annotations)
                .withOwnerReferences(owners)
                .build();
    }
}
