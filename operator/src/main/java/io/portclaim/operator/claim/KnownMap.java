package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.portclaim.operator.kube.LeanLists;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.operator.publish.DataDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A ConfigMap as it is kept in memory: which one it is, which claim it belongs to, and a digest of its data. Whoever may write
 * ConfigMaps can make hundreds of a mebibyte each with the operator's label, and they must not fill its memory.
 */
final class KnownMap {
    /**
     * How many ConfigMaps the first answer of a list has; where they are small, as ours are, the next ones have more. {@link LeanLists}
     * keeps their data out of memory, but a page of the largest, six mebibytes of JSON each, must arrive within the client's timeout
     * on a slow machine too.
     */
    static final long LIST_PAGE = 10;

    /** Metadata of more characters than that, with what others have put there, is not kept whole. */
    private static final int MOST_METADATA = 4096;
    /** Longer than any name, UID or version of ours. */
    private static final int MOST_NAME = 253;

    private KnownMap() {}

    /** The ConfigMap as it is kept; another object where it is changed. */
    static ConfigMap of(ConfigMap map) {
        ObjectMeta metadata = map.getMetadata();
        if (isDigest(map)) {
            return map;
        }
        metadata.setManagedFields(null);
        Map<String, String> data = Objects.requireNonNullElse(map.getData(), Map.of());
        boolean large = size(metadata) > MOST_METADATA;
        boolean cut = large || data.containsKey(LeanLists.CUT);
        ObjectMetaBuilder kept = large ? essential(metadata) : new ObjectMetaBuilder(metadata);
        if (cut) {
            kept.addToAnnotations(LeanLists.CUT, "");
        }
        return new ConfigMapBuilder()
                .withMetadata(kept.addToAnnotations(
                                LeanLists.DIGEST,
                                Objects.requireNonNullElseGet(data.get(LeanLists.DIGEST), () -> DataDigest.of(data)))
                        .build())
                .withImmutable(map.getImmutable())
                .build();
    }

    private static ObjectMetaBuilder essential(ObjectMeta metadata) {
        return new ObjectMetaBuilder()
                .withName(metadata.getName())
                .withNamespace(metadata.getNamespace())
                .withUid(metadata.getUid())
                .withResourceVersion(metadata.getResourceVersion())
                .withDeletionTimestamp(metadata.getDeletionTimestamp())
                .withLabels(only(metadata.getLabels(), ConfigMapIdentity.CLAIM_UID_LABEL))
                .withAnnotations(only(
                        metadata.getAnnotations(),
                        ConfigMapIdentity.CLAIM_NAME_ANNOTATION,
                        ConfigMapIdentity.CLAIM_UID_ANNOTATION))
                // The API server takes no more than one controller.
                .withOwnerReferences(metadata.getOwnerReferences().stream()
                        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
                        .filter(owner -> size(owner) <= 4 * MOST_NAME)
                        .toList());
    }

    private static Map<String, String> only(@Nullable Map<String, String> all, String... keys) {
        Map<String, String> kept = new HashMap<>();
        for (String key : keys) {
            String value = all == null ? null : all.get(key);
            if (value != null && value.length() <= MOST_NAME) {
                kept.put(key, value);
            }
        }
        return kept;
    }

    private static int size(ObjectMeta metadata) {
        int size = size(metadata.getLabels()) + size(metadata.getAnnotations());
        for (String finalizer : Objects.requireNonNullElse(metadata.getFinalizers(), List.<String>of())) {
            size += finalizer.length();
        }
        for (OwnerReference owner :
                Objects.requireNonNullElse(metadata.getOwnerReferences(), List.<OwnerReference>of())) {
            size += size(owner);
        }
        return size;
    }

    private static int size(OwnerReference owner) {
        return owner.getApiVersion().length()
                + owner.getKind().length()
                + owner.getName().length()
                + owner.getUid().length();
    }

    private static int size(@Nullable Map<String, String> texts) {
        return texts == null
                ? 0
                : texts.entrySet().stream()
                        .mapToInt(entry ->
                                entry.getKey().length() + entry.getValue().length())
                        .sum();
    }

    /** Whether its data is there, and not only the digest. */
    static boolean hasData(ConfigMap map) {
        return !isDigest(map);
    }

    /** Whether all its metadata is there, so that it can be written back. */
    static boolean hasMetadata(ConfigMap map) {
        return !annotations(map).containsKey(LeanLists.CUT);
    }

    /** A digest of its data: equal for equal data, and for no others that anyone could find (SHA-256). */
    static String digest(ConfigMap map) {
        String known = annotations(map).get(LeanLists.DIGEST);
        return known == null ? DataDigest.of(map.getData()) : known;
    }

    private static boolean isDigest(ConfigMap map) {
        return annotations(map).containsKey(LeanLists.DIGEST);
    }

    private static Map<String, String> annotations(ConfigMap map) {
        return Objects.requireNonNullElse(map.getMetadata().getAnnotations(), Map.of());
    }

    /** The annotations that others see. */
    static Map<String, String> annotationsOf(ObjectMeta metadata) {
        Map<String, String> annotations =
                new HashMap<>(Objects.requireNonNullElse(metadata.getAnnotations(), Map.of()));
        annotations.keySet().removeAll(List.of(LeanLists.DIGEST, LeanLists.CUT));
        return annotations;
    }
}
