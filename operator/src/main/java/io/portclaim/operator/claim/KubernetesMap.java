package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A ConfigMap of the API server's, whole or as {@link KnownMap} keeps it.
 *
 * @param object the ConfigMap
 */
record KubernetesMap(ConfigMap object) implements PresentMap {
    /** The same for null as for null. */
    static @Nullable KubernetesMap of(@Nullable ConfigMap object) {
        return object == null ? null : new KubernetesMap(object);
    }

    static ClaimKey name(ConfigMap map) {
        return new ClaimKey(map.getMetadata().getNamespace(), map.getMetadata().getName());
    }

    @Override
    public ClaimKey name() {
        return name(object);
    }

    @Override
    public String version() {
        return object.getMetadata().getResourceVersion();
    }

    @Override
    public Map<String, String> own(Part part) {
        ObjectMeta metadata = object.getMetadata();
        return switch (part) {
            case LABELS -> only(metadata.getLabels(), ConfigMapIdentity.CLAIM_UID_LABEL);
            case ANNOTATIONS ->
                only(
                        metadata.getAnnotations(),
                        ConfigMapIdentity.CLAIM_NAME_ANNOTATION,
                        ConfigMapIdentity.CLAIM_UID_ANNOTATION);
        };
    }

    private static Map<String, String> only(@Nullable Map<String, String> all, String... keys) {
        Map<String, String> found = new HashMap<>(Objects.requireNonNullElse(all, Map.of()));
        found.keySet().retainAll(Set.of(keys));
        return found;
    }

    @Override
    public List<Owner> owners() {
        return owners(object.getMetadata()).stream()
                .map(owner -> new Owner(
                        owner.getApiVersion(),
                        owner.getKind(),
                        owner.getName(),
                        owner.getUid(),
                        owner.getController(),
                        owner.getBlockOwnerDeletion()))
                .toList();
    }

    @Override
    public boolean isImmutable() {
        return Boolean.TRUE.equals(object.getImmutable());
    }

    @Override
    public String digest() {
        return KnownMap.digest(object);
    }

    @Override
    public boolean hasData() {
        return KnownMap.hasData(object);
    }

    @Override
    public boolean hasMetadata() {
        return KnownMap.hasMetadata(object);
    }

    @Override
    public Map<String, String> data() {
        if (!hasData()) {
            throw new IllegalStateException("only a digest of ConfigMap %s was kept".formatted(name()));
        }
        return Objects.requireNonNullElse(object.getData(), Map.of());
    }

    @Override
    public Set<String> managers(String key) {
        return Objects.requireNonNullElse(object.getMetadata().getManagedFields(), List.<ManagedFieldsEntry>of())
                .stream()
                .filter(entry -> hasWritten(entry, key))
                .map(ManagedFieldsEntry::getManager)
                .collect(Collectors.toSet());
    }

    private static boolean hasWritten(ManagedFieldsEntry entry, String key) {
        return entry.getFieldsV1() != null
                && entry.getFieldsV1().getAdditionalProperties().get("f:data") instanceof Map<?, ?> fields
                && fields.containsKey("f:" + key);
    }

    /** One that is not there yet. */
    static ConfigMap create(WantedMap wanted) {
        return written(wanted, new ObjectMeta(), null);
    }

    /** It, as it should be; all that others have put into its metadata stays. */
    ConfigMap updated(WantedMap wanted) {
        return written(wanted, object.getMetadata(), object.getImmutable());
    }

    /** It, as it should be when it is created again; all that others had put into its metadata stays. */
    ConfigMap createdAgain(WantedMap wanted) {
        ObjectMeta kept = new ObjectMetaBuilder(object.getMetadata())
                .withUid(null)
                .withResourceVersion(null)
                .withCreationTimestamp(null)
                .build();
        return written(wanted, kept, null);
    }

    private static ConfigMap written(WantedMap wanted, ObjectMeta present, @Nullable Boolean immutable) {
        return new ConfigMapBuilder()
                .withMetadata(metadata(wanted, present))
                .withImmutable(immutable)
                .withData(wanted.data())
                .build();
    }

    /** Ours beside whatever others have put on it, finalizers too. */
    private static ObjectMeta metadata(WantedMap wanted, ObjectMeta present) {
        Map<String, String> labels = new HashMap<>(Objects.requireNonNullElse(present.getLabels(), Map.of()));
        labels.putAll(wanted.identity().labels());
        Map<String, String> annotations = KnownMap.annotationsOf(present);
        annotations.putAll(wanted.identity().annotations());
        List<OwnerReference> owners = new ArrayList<>(owners(present));
        owners.removeIf(owner -> owner.getKind().equals(wanted.owner().kind()));
        owners.add(reference(wanted.owner()));
        return new ObjectMetaBuilder(present)
                .withName(wanted.name().name())
                .withNamespace(wanted.name().namespace())
                .withLabels(labels)
                .withAnnotations(annotations)
                .withOwnerReferences(owners)
                // Left out, the API server keeps them.
                .withManagedFields(List.of())
                .build();
    }

    private static List<OwnerReference> owners(ObjectMeta metadata) {
        return Objects.requireNonNullElse(metadata.getOwnerReferences(), List.of());
    }

    private static OwnerReference reference(Owner owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.apiVersion())
                .withKind(owner.kind())
                .withName(owner.name())
                .withUid(owner.uid())
                .withController(owner.controller())
                .withBlockOwnerDeletion(owner.blockOwnerDeletion())
                .build();
    }
}
