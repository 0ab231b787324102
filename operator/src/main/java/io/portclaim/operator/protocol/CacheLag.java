package io.portclaim.operator.protocol;

import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Distinguishes a cache that is behind an own write, and is to be waited for, from an API server that went back: an etcd that was
 * restored from a backup shows every claim older than it was. Thread-safe for claims of different names.
 */
public final class CacheLag {
    private static final Logger LOG = LoggerFactory.getLogger(CacheLag.class);
    /** A cache that is older than an own write catches up within a round trip. */
    public static final Duration PAUSE = Duration.ofMillis(100);
    /** About 5 s: a watch is that late on a busy machine, and not often. */
    public static final int PATIENCE = 50;

    private final ClaimTracker tracker;
    private final ClaimApi claims;
    private final LeadershipBarrier barrier;

    public CacheLag(ClaimTracker tracker, ClaimApi claims, LeadershipBarrier barrier) {
        this.tracker = tracker;
        this.claims = claims;
        this.barrier = barrier;
    }

    /**
     * How long to wait until the claim's cache is looked at again; empty when it is up to date.
     *
     * @throws LeadershipLost when the API server went back to before this leader
     */
    public Optional<Duration> of(Claim claim) {
        if (!tracker.isStale(claim)) {
            tracker.endStaleReads(claim);
            return Optional.empty();
        }
        if (tracker.staleReads(claim) >= PATIENCE) {
            tracker.endStaleReads(claim);
            askWhetherItWentBack(claim);
        }
        return Optional.of(PAUSE);
    }

    private void askWhetherItWentBack(Claim claim) {
        barrier.await();
        claims.of(claim.uid(), claim.key()).filter(tracker::isStale).ifPresent(found -> {
            LOG.warn("{}: the API server returned to an older version of it; it is written again", claim);
            tracker.wentBack(found);
        });
    }
}
