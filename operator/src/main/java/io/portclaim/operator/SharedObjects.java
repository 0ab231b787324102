package io.portclaim.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.Cloner;

/**
 * Hands reconcilers the objects of the caches as they are, for ours change none: they write by requests of their own. JOSDK's own way
 * writes each object as JSON and reads it again, for every reconcile.
 */
final class SharedObjects implements Cloner {
    @Override
    public <R extends HasMetadata> R clone(R object) {
        return object;
    }
}
