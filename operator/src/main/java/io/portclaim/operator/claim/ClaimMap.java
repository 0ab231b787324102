package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.DataDigest;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a claim's ConfigMap should be, and whose one is that is there. */
final class ClaimMap {
    private ClaimMap() {}

    static ClaimKey name(ConfigMap map) {
        return new ClaimKey(map.getMetadata().getNamespace(), map.getMetadata().getName());
    }

    static String collection(String namespace) {
        return "/api/v1/namespaces/" + namespace + "/configmaps";
    }

    /** One that is not there yet. */
    static ConfigMap create(Claim claim, Assignment assignment) {
        return written(claim, assignment, new ObjectMeta(), null);
    }

    /** {@code present} as it should be; all that others have put into its metadata stays. */
    static ConfigMap update(Claim claim, Assignment assignment, ConfigMap present) {
        return written(claim, assignment, present.getMetadata(), present.getImmutable());
    }

    /** {@code gone}, as it should be when it is made again: all that others had put into its metadata stays. */
    static ConfigMap again(Claim claim, Assignment assignment, ConfigMap gone) {
        ObjectMeta kept = new ObjectMetaBuilder(gone.getMetadata())
                .withUid(null)
                .withResourceVersion(null)
                .withCreationTimestamp(null)
                .build();
        return written(claim, assignment, kept, null);
    }

    private static ConfigMap written(
            Claim claim, Assignment assignment, ObjectMeta present, @Nullable Boolean immutable) {
        return new ConfigMapBuilder()
                .withMetadata(metadata(claim, present))
                .withImmutable(immutable)
                .withData(data(claim, assignment))
                .build();
    }

    static Map<String, String> data(Claim claim, Assignment assignment) {
        return ConfigMapData.render(claim.spec().scope(), claim.spec().nodeName(), assignment);
    }

    private static ConfigMapIdentity identity(Claim claim) {
        return new ConfigMapIdentity(claim.key().name(), claim.uid());
    }

    static Optional<ConfigMapIdentity> identity(ConfigMap map) {
        return ConfigMapIdentity.of(
                map.getMetadata().getLabels(), map.getMetadata().getAnnotations());
    }

    static boolean isOwn(Claim claim, ConfigMap map) {
        return isOf(claim.key().name(), claim.uid(), map);
    }

    /** Whether it belongs to the claim of this UID, also where someone has taken our label or annotations off it. */
    static boolean isOf(String claimName, String uid, ConfigMap map) {
        return identity(map)
                        .filter(new ConfigMapIdentity(claimName, uid)::equals)
                        .isPresent()
                || owners(map.getMetadata()).stream()
                        .anyMatch(owner -> uid.equals(owner.getUid()) && Boolean.TRUE.equals(owner.getController()));
    }

    /** Whether an earlier claim of the claim's name left it. */
    static boolean isEarlier(Claim claim, ConfigMap map) {
        return identity(map).filter(found -> found.precedes(identity(claim))).isPresent();
    }

    /** Whether it is the claim's own and says exactly this. */
    static boolean stands(Claim claim, Assignment assignment, ConfigMap map) {
        return DataDigest.of(data(claim, assignment)).equals(KnownMap.digest(map))
                && identity(map).filter(identity(claim)::equals).isPresent()
                && claim.uid().equals(uidLabel(map))
                && owners(map.getMetadata()).contains(owner(claim));
    }

    /** What its label says for the UID of its claim; null without one. */
    static @Nullable String uidLabel(ConfigMap map) {
        Map<String, String> labels = map.getMetadata().getLabels();
        return labels == null ? null : labels.get(ConfigMapIdentity.CLAIM_UID_LABEL);
    }

    private static List<OwnerReference> owners(ObjectMeta metadata) {
        return Objects.requireNonNullElse(metadata.getOwnerReferences(), List.of());
    }

    private static OwnerReference owner(Claim claim) {
        return new OwnerReferenceBuilder()
                .withApiVersion(PortClaimApi.API_VERSION)
                .withKind("PortClaim")
                .withName(claim.key().name())
                .withUid(claim.uid())
                .withController(true)
                .withBlockOwnerDeletion(false)
                .build();
    }

    /** Ours beside whatever others have put on it, finalizers too; nothing is copied from the claim. */
    private static ObjectMeta metadata(Claim claim, ObjectMeta present) {
        Map<String, String> labels = new HashMap<>(Objects.requireNonNullElse(present.getLabels(), Map.of()));
        labels.putAll(identity(claim).labels());
        Map<String, String> annotations = KnownMap.annotationsOf(present);
        annotations.putAll(identity(claim).annotations());
        List<OwnerReference> owners = new ArrayList<>(owners(present));
        owners.removeIf(owner -> owner.getKind().equals("PortClaim"));
        owners.add(owner(claim));
        return new ObjectMetaBuilder(present)
                .withName(claim.configMapName())
                .withNamespace(claim.key().namespace())
                .withLabels(labels)
                .withAnnotations(annotations)
                .withOwnerReferences(owners)
                // Left out, the API server keeps them.
                .withManagedFields(List.of())
                .build();
    }
}
