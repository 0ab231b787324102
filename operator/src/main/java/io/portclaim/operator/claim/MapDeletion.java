package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Requests;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes ConfigMaps, each in the very version that was found to be the claim's. Thread-safe. */
final class MapDeletion {
    private static final Logger LOG = LoggerFactory.getLogger(MapDeletion.class);
    private static final int TRIES = 3;

    private final MapRequests requests;
    private final LeadershipBarrier barrier;

    MapDeletion(MapRequests requests, LeadershipBarrier barrier) {
        this.requests = requests;
        this.barrier = barrier;
    }

    /**
     * Deletes the claim's own ConfigMap. That a cache has none proves nothing: it is looked for.
     *
     * @return since when it is known to be gone, by the API server's clock
     * @throws IllegalStateException when it can't be deleted now
     */
    Instant withdraw(Claim claim, @Nullable ConfigMap cached) {
        MapRequests.Seen seen = cached == null ? requests.read(claim.configMap()) : null;
        ConfigMap present = seen == null ? cached : seen.map();
        if (present == null || !ClaimMap.isOwn(claim, present)) {
            return seen == null ? requests.now() : seen.at();
        }
        if (seen != null) {
            barrier.await();
        }
        Requests.Answer answer = requests.delete(present);
        if (!isGone(answer, present)) {
            throw notDeleted(present, answer);
        }
        return requests.at(answer);
    }

    /**
     * What stands where a claim that is gone had its ConfigMap.
     *
     * @param since since when no ConfigMap says what the claim held, by the API server's clock
     * @param isGone whether there is none of the name; another's may say anything
     */
    record Left(Instant since, boolean isGone) {}

    /** Since when there is no ConfigMap of this name, by the API server's clock; empty while there is one. */
    Optional<Instant> goneSince(ClaimKey name) {
        MapRequests.Seen seen = requests.read(name);
        return seen.map() == null ? Optional.of(seen.at()) : Optional.empty();
    }

    /** Deletes what a claim that is gone has left; see {@link ConfigMaps#deleteOf}. */
    Left deleteOf(String uid, ClaimKey claim, String configMapName) {
        ClaimKey name = new ClaimKey(claim.namespace(), configMapName);
        for (int i = 0; i < TRIES; i++) {
            MapRequests.Seen seen = requests.read(name);
            ConfigMap left = seen.map();
            if (left == null || !ClaimMap.isOf(claim.name(), uid, left)) {
                return new Left(seen.at(), left == null);
            }
            barrier.await();
            Requests.Answer answer = requests.delete(left);
            if (isGone(answer, left)) {
                LOG.info("PortClaim {}: is gone and has left its ConfigMap {}, which is deleted", claim, configMapName);
                return new Left(requests.at(answer), true);
            }
            if (answer.code() != 409) {
                throw notDeleted(left, answer);
            }
        }
        throw new IllegalStateException("ConfigMap %s changes too often to be deleted".formatted(name));
    }

    private static boolean isGone(Requests.Answer answer, ConfigMap deleted) {
        return answer.isSuccess() || answer.saysAbsent(deleted.getMetadata().getName());
    }

    private static IllegalStateException notDeleted(ConfigMap map, Requests.Answer answer) {
        return new IllegalStateException(
                "ConfigMap %s can't be deleted now: %s".formatted(ClaimMap.name(map), answer.message()));
    }
}
