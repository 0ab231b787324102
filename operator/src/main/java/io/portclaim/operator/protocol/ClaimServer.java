package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimAllocation;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has each claim go {@linkplain ClaimWay its way} when its turn has come: no two claims of one name are served at once. Thread-safe. */
public final class ClaimServer {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimServer.class);

    private final ClaimTracker tracker;
    private final CacheLag lag;
    private final DeletedClaimReleaser releaser;
    private final ClaimDecider decider;
    private final ClaimWay.Surroundings way;
    private final KeyLocks turns;
    private final PodClaims podClaims;
    private final ServingObserver observer;
    private final GoingNamespaces goingNamespaces;

    /** Claims of scope Pod, which hold no ports themselves. */
    @FunctionalInterface
    public interface PodClaims {
        /**
         * Says what became of the claim's pods.
         *
         * @param cached the claim's ConfigMap as it was known before; null when there was none
         * @return when to look again by itself, empty for not before something changes
         */
        Optional<Duration> serve(Claim claim, @Nullable PresentMap cached);

        /** Forgets claims that are gone. */
        default void prune() {}
    }

    /** Serves claims by these. */
    ClaimServer(
            ClaimTracker tracker,
            CacheLag lag,
            DeletedClaimReleaser releaser,
            ClaimWay.Surroundings way,
            KeyLocks turns,
            PodClaims podClaims) {
        this.tracker = tracker;
        this.lag = lag;
        this.releaser = releaser;
        this.decider = way.decider();
        this.way = way;
        this.turns = turns;
        this.podClaims = podClaims;
        this.observer = way.observer();
        this.goingNamespaces = new GoingNamespaces(way.time());
    }

    /**
     * Serves the claim. What can't be done now is tried again, with growing pauses and for ever.
     *
     * @param cachedMap the claim's ConfigMap, as a cache has it by the time that the claim's turn comes
     * @return when to look again by itself, empty for not before something changes
     * @throws LeadershipLost when this process no longer leads
     */
    public Optional<Duration> tryToServe(Claim claim, Supplier<@Nullable PresentMap> cachedMap) {
        try {
            Optional<Duration> again = turns.inTurn(claim.key(), () -> serve(claim, cachedMap));
            tracker.backoff().succeeded(claim.uid());
            return again;
        } catch (LeadershipLost e) {
            throw e;
        } catch (RuntimeException e) {
            observer.failed();
            Duration pause = tracker.backoff().failed(claim.uid());
            LOG.warn("{}: not served yet, trying again in {} s: {}", claim, pause.toMillis() / 1000.0, e.getMessage());
            LOG.debug("{}: the failure", claim, e);
            return Optional.of(pause);
        }
    }

    private Optional<Duration> serve(Claim claim, Supplier<@Nullable PresentMap> cachedMap) {
        Optional<Duration> behind = lag.of(claim);
        if (behind.isPresent()) {
            return behind;
        }
        tracker.seen(claim);
        Optional<Duration> pause = goingNamespaces.pause(claim);
        if (pause.isPresent() && wasPublished(claim) && cachedMap.get() == null) {
            return pause;
        }
        tracker.serving(claim);
        releaseEarlierOfTheName(claim);
        @Nullable PresentMap map = cachedMap.get();
        if (map == null && wasPublished(claim) && releaser.releaseIfGone(claim)) {
            return Optional.empty();
        }
        try {
            return claim.isPerPod() ? podClaims.serve(claim, map) : ClaimWay.walk(way, claim, map);
        } catch (ConfigMaps.NamespaceGoing e) {
            if (goingNamespaces.refuses(claim.key().namespace(), e.at())) {
                LOG.info(
                        "Namespace {}: it is being deleted, so nothing more is published in it",
                        claim.key().namespace());
            }
            // A cache that still had it may have had ports assigned to it again after it was found to be gone.
            releaser.releaseIfGone(claim);
            return Optional.empty();
        }
    }

    /**
     * Whether its ConfigMap was written: where there is none, somebody has deleted it. When the claim is gone and the watch of claims is
     * behind, the garbage collector does. Put back, it would be deleted again, as fast as the two can.
     */
    private boolean wasPublished(Claim claim) {
        return way.portIndex()
                .allocation(claim.uid())
                .filter(held -> !held.published().isEmpty())
                .isPresent();
    }

    /** A claim that was deleted and made again under its name, with the deletion missed, still holds what it held. */
    private void releaseEarlierOfTheName(Claim claim) {
        for (ClaimAllocation earlier : decider.earlierOfTheName(claim)) {
            releaser.releaseIfGone(earlier.uid(), earlier.key());
        }
    }
}
