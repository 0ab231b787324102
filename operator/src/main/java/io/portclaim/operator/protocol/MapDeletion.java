package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.ConfigMapApi.Answer;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes ConfigMaps, each in the very version that was found to be the claim's. Thread-safe. */
final class MapDeletion {
    private static final Logger LOG = LoggerFactory.getLogger(MapDeletion.class);
    private static final int TRIES = 3;

    private final ConfigMapApi api;
    private final LeadershipBarrier barrier;

    MapDeletion(ConfigMapApi api, LeadershipBarrier barrier) {
        this.api = api;
        this.barrier = barrier;
    }

    /**
     * Deletes the claim's own ConfigMap. That a cache has none proves nothing: it is looked for. One that an earlier claim of the name
     * left stays, and may name what that claim held.
     *
     * @return since when no ConfigMap of the claim's name is known to say anything, by the API server's clock; empty while one may
     * @throws IllegalStateException when it can't be deleted now
     */
    Optional<Instant> withdraw(Claim claim, @Nullable PresentMap cached) {
        ConfigMapApi.Seen seen = cached == null ? api.read(claim.configMap()) : null;
        PresentMap present = seen == null ? cached : seen.map();
        if (present != null && !Ownership.isOwn(claim, present) && Ownership.isEarlier(claim, present)) {
            return Optional.empty();
        }
        if (present == null || !Ownership.isOwn(claim, present)) {
            return Optional.of(seen == null ? api.now() : seen.at());
        }
        if (seen != null) {
            barrier.await();
        }
        Answer answer = api.delete(present);
        return Optional.of(goneAt(answer).orElseThrow(() -> notDeleted(present, answer)));
    }

    /** Since when there is no ConfigMap of this name, by the API server's clock; empty while there is one. */
    Optional<Instant> goneSince(ClaimKey name) {
        ConfigMapApi.Seen seen = api.read(name);
        return seen.map() == null ? Optional.of(seen.at()) : Optional.empty();
    }

    /** Deletes what a claim that is gone has left; see {@link ConfigMaps#deleteOf}. */
    ConfigMaps.Left deleteOf(String uid, ClaimKey claim, String configMapName) {
        ClaimKey name = new ClaimKey(claim.namespace(), configMapName);
        for (int i = 0; i < TRIES; i++) {
            ConfigMapApi.Seen seen = api.read(name);
            PresentMap left = seen.map();
            ConfigMapIdentity own = new ConfigMapIdentity(claim.name(), uid);
            if (left == null) {
                return new ConfigMaps.Left(seen.at(), true);
            }
            if (!Ownership.isOf(own, left)) {
                boolean isOfName = left.identity()
                        .filter(other -> other.claimName().equals(claim.name()))
                        .isPresent();
                return new ConfigMaps.Left(isOfName ? null : seen.at(), false);
            }
            barrier.await();
            Answer answer = api.delete(left);
            Optional<Instant> gone = goneAt(answer);
            if (gone.isPresent()) {
                LOG.info("PortClaim {}: it no longer exists, so its ConfigMap {} is deleted", claim, configMapName);
                return new ConfigMaps.Left(gone.get(), true);
            }
            if (!(answer instanceof Answer.Conflict)) {
                throw notDeleted(left, answer);
            }
        }
        throw new IllegalStateException("ConfigMap %s changes too often to be deleted".formatted(name));
    }

    private static Optional<Instant> goneAt(Answer answer) {
        if (answer instanceof Answer.Done done) {
            return Optional.of(done.at());
        }
        return answer instanceof Answer.Absent absent ? Optional.of(absent.at()) : Optional.empty();
    }

    private static IllegalStateException notDeleted(PresentMap map, Answer answer) {
        return new IllegalStateException("ConfigMap %s can't be deleted now: %s".formatted(map.name(), answer.why()));
    }
}
