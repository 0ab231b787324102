package io.portclaim.operator.allocation;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the index knows of a claim that holds ports.
 *
 * @param uid the claim's UID
 * @param key the claim's name
 * @param created when the claim was created
 * @param pool the pool that its ports come from
 * @param configMapName where they are published
 * @param version the claim's resourceVersion: while something is pending, the one that it was decided on
 * @param published what its status says
 * @param pending what is decided and must be published next; null when that is done
 */
public record ClaimAllocation(
        String uid,
        ClaimKey key,
        Instant created,
        String pool,
        String configMapName,
        long version,
        Assignment published,
        @Nullable Assignment pending) {

    /** How many numbers it holds, for the namespace's limit. */
    public int numbers() {
        return current().numbers();
    }

    /** The {@link ConfigMapId} of the ConfigMap that publishes its ports. */
    public long map() {
        return ConfigMapId.of(key.namespace(), configMapName);
    }

    /** What it holds once everything is published. */
    public Assignment current() {
        return pending == null ? published : pending;
    }

    /** What it holds no more once everything is published. */
    public Assignment released() {
        return published.only((place, grant) -> !current().at(place).contains(grant));
    }

    /** Whether it has {@code grant} at {@code place}: as published, or as what must be published next. */
    boolean has(String place, PortGrant grant) {
        return published.at(place).contains(grant) || current().at(place).contains(grant);
    }

    /** The same with {@code next} to be published, decided on {@code nextVersion} of the claim. */
    ClaimAllocation deciding(Assignment next, long nextVersion) {
        return new ClaimAllocation(uid, key, created, pool, configMapName, nextVersion, published, next);
    }

    /** The same, of {@code pool}. */
    public ClaimAllocation inPool(String otherPool) {
        return new ClaimAllocation(uid, key, created, otherPool, configMapName, version, published, pending);
    }

    /** The same, held at other places; nothing is pending. */
    ClaimAllocation at(Assignment elsewhere) {
        return new ClaimAllocation(uid, key, created, pool, configMapName, version, elsewhere, null);
    }

    /** The same once its status says what was pending. */
    ClaimAllocation settled() {
        return new ClaimAllocation(uid, key, created, pool, configMapName, version, current(), null);
    }
}
