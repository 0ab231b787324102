package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimServer;
import io.portclaim.operator.protocol.ClaimStatusWriter;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.ServingObserver;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.publish.PodClaimStatuses;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Says of a claim of scope Pod what became of its pods, in its status and, for observers, in its ConfigMap. Pods read neither, so both
 * may be late. Thread-safe.
 */
public final class PodClaimServer implements ClaimServer.PodClaims {
    /** The most pods that a ConfigMap lists: with more it would come near the 1 MiB that it may have. */
    static final int MOST_LISTED = 500;
    /** How often a claim's status and ConfigMap are written at most, when nothing but its pods has changed. */
    static final Duration PACE = Duration.ofSeconds(5);

    private final PodService pods;
    private final Admitter admitter;
    private final LeadershipBarrier commit;
    private final ConfigMaps configMaps;
    private final ClaimStatusWriter statusWriter;
    private final ClaimTracker tracker;
    private final ServingObserver observer;
    private final Clock clock;
    private final Time time;
    /** When each claim was last written, in {@link Time#nanos}. */
    private final Map<String, Long> writtenAt = new ConcurrentHashMap<>();

    /** Writes by these. */
    public PodClaimServer(
            PodService pods,
            Admitter admitter,
            LeadershipBarrier commit,
            ConfigMaps configMaps,
            ClaimStatusWriter statusWriter,
            ClaimTracker tracker,
            ServingObserver observer,
            Clock clock,
            Time time) {
        this.pods = pods;
        this.admitter = admitter;
        this.commit = commit;
        this.configMaps = configMaps;
        this.statusWriter = statusWriter;
        this.tracker = tracker;
        this.observer = observer;
        this.clock = clock;
        this.time = time;
    }

    @Override
    public Optional<Duration> serve(Claim claim, @Nullable PresentMap cached) {
        pods.claimChanged(claim.key());
        Admitter.Admitted admitted = admitter.admit(claim, claim.poolName());
        Assignment listed = new Assignment(pods.tracker().ports(claim.key(), MOST_LISTED));
        Optional<Refusal> obstacle =
                cached == null && listed.isEmpty() ? Optional.empty() : configMaps.obstacle(claim, cached);
        boolean mapStands = obstacle.isPresent() || configMaps.isUpToDate(claim, listed, cached);
        RenderedStatus rendered = render(claim, admitted, obstacle.orElse(null));
        if (mapStands && rendered.status().equals(claim.status())) {
            return settled(claim, rendered);
        }
        Optional<Duration> early = tooEarly(claim);
        if (early.isPresent()) {
            return early;
        }
        long commitBegan = time.nanos();
        commit.await();
        if (!mapStands) {
            ConfigMaps.Written written = configMaps.publish(claim, listed, cached, commitBegan);
            rendered = render(claim, admitted, written.refusal());
        }
        boolean stands = rendered.status().equals(claim.status()) || report(claim, rendered);
        writtenAt.put(claim.uid(), time.nanos());
        return stands ? settled(claim, rendered) : Optional.empty();
    }

    private boolean report(Claim claim, RenderedStatus rendered) {
        boolean stands = statusWriter.write(claim, rendered, () -> true);
        if (stands) {
            observer.reported(claim, rendered);
        } else {
            tracker.gone(claim.uid(), claim.key());
        }
        return stands;
    }

    /** When the claim may be written again; empty where it may be now. */
    private Optional<Duration> tooEarly(Claim claim) {
        Long written = writtenAt.get(claim.uid());
        boolean isNews =
                claim.status() == null || !Objects.equals(claim.status().observedGeneration(), claim.generation());
        if (written == null || isNews) {
            return Optional.empty();
        }
        Duration left = PACE.minusNanos(time.nanos() - written);
        return left.isNegative() || left.isZero() ? Optional.empty() : Optional.of(left);
    }

    private RenderedStatus render(Claim claim, Admitter.Admitted admitted, @Nullable Refusal unpublished) {
        PodTracker.OfClaim ofClaim = pods.tracker().count(claim.key());
        Refusal refusal = admitted.refusal();
        return PodClaimStatuses.render(
                new PodClaimStatuses.Facts(
                        claim.uid(),
                        claim.generation(),
                        admitted.poolName(),
                        claim.configMapName(),
                        ofClaim.counts(),
                        refusal == null ? ofClaim.refusal() : refusal,
                        refusal != null,
                        unpublished),
                claim.status(),
                clock.instant());
    }

    private Optional<Duration> settled(Claim claim, RenderedStatus rendered) {
        if (rendered.waitsFor() != null) {
            observer.refused(rendered.waitsFor().reason());
        }
        tracker.left(claim, rendered);
        return Optional.empty();
    }

    @Override
    public void prune() {
        writtenAt.keySet().removeIf(uid -> tracker.get(uid).isEmpty());
    }
}
