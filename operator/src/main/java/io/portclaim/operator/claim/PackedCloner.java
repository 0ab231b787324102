package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.api.config.Cloner;

/** Clones what a reconciler is handed, so that it does not change a cache; a {@link PackedClaim} was built for it alone. */
public final class PackedCloner implements Cloner {
    private final KubernetesSerialization json;

    /** Clones by {@code json}. */
    public PackedCloner(KubernetesSerialization json) {
        this.json = json;
    }

    @Override
    public <R extends HasMetadata> R clone(R object) {
        return object instanceof PackedClaim ? object : json.clone(object);
    }
}
