package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A ConfigMap at one version, as far as the protocol needs to know it. Immutable. */
public interface PresentMap {
    /** One of its owner references. */
    record Owner(
            String apiVersion,
            String kind,
            String name,
            String uid,
            @Nullable Boolean controller,
            @Nullable Boolean blockOwnerDeletion) {
        boolean isController() {
            return Boolean.TRUE.equals(controller);
        }
    }

    ClaimKey name();

    String version();

    /** Which claim it belongs to; empty where its label or annotations are not the operator's, or were taken off. */
    default Optional<ConfigMapIdentity> identity() {
        return ConfigMapIdentity.of(own(Part.LABELS), own(Part.ANNOTATIONS));
    }

    /** A part of the metadata. */
    enum Part {
        LABELS,
        ANNOTATIONS
    }

    /** What of this part has a key that the operator finds its ConfigMaps by, see {@link ConfigMapIdentity}. */
    Map<String, String> own(Part part);

    /** The value of the label {@link ConfigMapIdentity#CLAIM_UID_LABEL}; null without it. */
    default @Nullable String uidLabel() {
        return own(Part.LABELS).get(ConfigMapIdentity.CLAIM_UID_LABEL);
    }

    List<Owner> owners();

    /** Whether the API server refuses any change of its data. */
    boolean isImmutable();

    /** A digest of its data, also where the data is not kept. */
    String digest();

    /** Whether {@link #data} can be asked for. */
    boolean hasData();

    /** Whether all its metadata is known, so that it can be written back with what others have put there. */
    boolean hasMetadata();

    /**
     * Its data.
     *
     * @throws IllegalStateException where only the digest was kept
     */
    Map<String, String> data();

    /** Who has written the data under {@code key}, as managedFields say; empty where that was not kept. */
    Set<String> managers(String key);
}
