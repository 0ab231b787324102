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
import io.portclaim.operator.allocation.ClaimKey;
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
import java.util.concurrent.ConcurrentHashMap;
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
    private final LiveClaims live;
    private final Pass pass;
    /** What the watch has still to bring of this process's own writes, as a hash of it. */
    private final Map<ClaimKey, Integer> beingWritten = new ConcurrentHashMap<>();

    /** Before a write that rests on something just read, {@code pass} makes sure that this process still leads. */
    ConfigMaps(KubernetesClient client, Requests requests, LiveClaims live, Pass pass) {
        this.client = client;
        this.requests = requests;
        this.live = live;
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
     * Whether the watch tells of what this process has just written, once for each write. It would only cost another
     * look at the claim, and nodes that join one by one would each have a write of their own.
     */
    boolean isOwnNews(ConfigMap written) {
        return beingWritten.remove(name(written), content(written));
    }

    private static Integer content(ConfigMap map) {
        return Objects.hash(map.getData(), map.getMetadata().getOwnerReferences(), identity(map));
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

    /**
     * A ConfigMap that is not the claim's and has its name; empty when the name is free or its own.
     *
     * @param cached the ConfigMap as the watch has it; null: it is read, for one without our label is not watched
     */
    Optional<Refusal> obstacle(Claim claim, @Nullable ConfigMap cached) {
        return Optional.ofNullable(cached == null ? read(claim) : cached)
                .filter(present -> !isOwn(claim, present) && !isEarlier(claim, present))
                .map(present -> ConfigMapIdentity.conflict(claim.configMapName()));
    }

    private @Nullable ConfigMap read(Claim claim) {
        return client.configMaps()
                .inNamespace(claim.key().namespace())
                .withName(claim.configMapName())
                .get();
    }

    private Optional<Refusal> create(Claim claim, Assignment assignment) {
        ConfigMap wanted = new ConfigMapBuilder()
                .withMetadata(metadata(claim, new ObjectMeta()))
                .withData(data(claim, assignment))
                .build();
        beingWritten.put(name(wanted), content(wanted));
        Requests.Answer answer = send("POST", collection(claim), wanted);
        if (answer.isSuccess()) {
            return Optional.empty();
        }
        beingWritten.remove(name(wanted));
        if (answer.code() != 409) {
            return judge(claim, answer);
        }
        ConfigMap present = read(claim);
        if (present == null) {
            throw new IllegalStateException(
                    "ConfigMap %s/%s came and went".formatted(claim.key().namespace(), claim.configMapName()));
        }
        return update(claim, assignment, present, true);
    }

    private Optional<Refusal> update(Claim claim, Assignment assignment, ConfigMap present, boolean justRead) {
        boolean own = isOwn(claim, present);
        if (!own && !isEarlier(claim, present)) {
            return Optional.of(ConfigMapIdentity.conflict(claim.configMapName()));
        }
        if (own && stands(claim, assignment, present)) {
            return Optional.empty();
        }
        if (!own && live.of(claim.uid(), claim.key()).isEmpty()) {
            // Of two claims that bore the name one after the other, either looks like the earlier one to the other.
            throw new IllegalStateException("%s is no longer the claim of its name".formatted(claim));
        }
        if (justRead || !own) {
            pass.await();
        }
        ConfigMap wanted = new ConfigMapBuilder()
                .withMetadata(metadata(claim, present.getMetadata()))
                .withData(data(claim, assignment))
                .build();
        beingWritten.put(name(wanted), content(wanted));
        Requests.Answer answer = send("PUT", collection(claim) + "/" + claim.configMapName(), wanted);
        if (!answer.isSuccess()) {
            beingWritten.remove(name(wanted));
        }
        if (answer.code() == 409 || answer.saysAbsent(claim.configMapName())) {
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
                "the API server refuses ConfigMap %s: %s%s"
                        .formatted(claim.configMapName(), answer.message(), remedy(answer))));
    }

    /** Of the refusals with code 403, those for want of a right say who can't do what; quotas and policies do not. */
    private static String remedy(Requests.Answer answer) {
        return answer.code() == 403
                        && answer.message().contains(" cannot ")
                        && answer.message().contains("User \"")
                ? "; the operator needs a role for ConfigMaps in this namespace, which the chart gives it for those in configMaps.namespaces"
                : "";
    }

    /** Deletes the claim's own ConfigMap. That a cache has none proves nothing: it is looked for. */
    private void withdraw(Claim claim, @Nullable ConfigMap cached) {
        ConfigMap present = cached == null ? read(claim) : cached;
        if (present == null || !isOwn(claim, present)) {
            return;
        }
        if (cached == null) {
            pass.await();
        }
        Map<String, Object> preconditions = Map.of(
                "apiVersion", "v1",
                "kind", "DeleteOptions",
                "preconditions",
                        Map.of(
                                "uid", present.getMetadata().getUid(),
                                "resourceVersion", present.getMetadata().getResourceVersion()));
        Requests.Answer answer = send("DELETE", collection(claim) + "/" + claim.configMapName(), preconditions);
        if (!answer.isSuccess() && !answer.saysAbsent(claim.configMapName())) {
            throw new IllegalStateException("ConfigMap %s/%s can't be deleted now: %s"
                    .formatted(claim.key().namespace(), claim.configMapName(), answer.message()));
        }
    }

    private static ClaimKey name(ConfigMap map) {
        return new ClaimKey(map.getMetadata().getNamespace(), map.getMetadata().getName());
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
