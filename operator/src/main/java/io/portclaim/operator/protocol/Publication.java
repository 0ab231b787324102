package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.publish.ClaimFacts;
import io.portclaim.operator.publish.ClaimProblems;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a decision out: commit, ConfigMap, status, release, in this order and never another. What is committed is always
 * published, also when it is no longer wanted; then it is withdrawn by another decision.
 */
public final class Publication {
    private static final Logger LOG = LoggerFactory.getLogger(Publication.class);
    /** A ConfigMap that is not ours is not watched: whether it has gone is asked at this pace. */
    private static final Duration CONFIG_MAP_RETRY = Duration.ofSeconds(30);

    private static final Duration AT_ONCE = Duration.ofMillis(1);
    /** Another claim of the name may be there already, and JOSDK may not know that it still has to be looked at. */
    private static final Duration LOOK_SOON = Duration.ofMillis(200);

    private final LeadershipBarrier commit;
    private final ConfigMaps configMaps;
    private final ClaimStatusWriter statusWriter;
    private final UsabilityCheck usability;
    private final PortIndex portIndex;
    private final PortIndex.Cooldowns cooldowns;
    private final DeletedClaimReleaser releaser;
    private final ClaimTracker tracker;
    private final ServingObserver observer;
    private final Clock clock;
    private final Time time;

    /** Carries decisions out by these. */
    public Publication(
            LeadershipBarrier commit,
            ConfigMaps configMaps,
            ClaimStatusWriter statusWriter,
            UsabilityCheck usability,
            PortIndex portIndex,
            PortIndex.Cooldowns cooldowns,
            DeletedClaimReleaser releaser,
            ClaimTracker tracker,
            ServingObserver observer,
            Clock clock,
            Time time) {
        this.commit = commit;
        this.configMaps = configMaps;
        this.statusWriter = statusWriter;
        this.usability = usability;
        this.portIndex = portIndex;
        this.cooldowns = cooldowns;
        this.releaser = releaser;
        this.tracker = tracker;
        this.observer = observer;
        this.clock = clock;
        this.time = time;
    }

    /**
     * Publishes what was decided, and writes nothing where all stands as it should.
     *
     * @param cached the claim's ConfigMap as it was known before; null when there was none
     * @return when to look at the claim again by itself; empty for not before something changes
     */
    public Optional<Duration> carryOut(Claim claim, ClaimDecider.Outcome outcome, @Nullable PresentMap cached) {
        Assignment target = outcome.assignment();
        Optional<Refusal> standing =
                Optional.ofNullable(outcome.unpublishable()).or(() -> knownObstacle(claim, cached));
        boolean mapStands = standing.isPresent() || configMaps.isUpToDate(claim, target, cached);
        RenderedStatus rendered = render(claim, outcome, target, standing.orElse(null));
        if (!outcome.isNew() && mapStands && rendered.status().equals(claim.status())) {
            if (standing.isEmpty() && cached != null) {
                configMaps.confirm(claim);
            }
            return settled(claim, outcome, rendered);
        }
        long commitBegan = time.nanos();
        commit.await();
        ConfigMaps.Written written = null;
        boolean withdraws = target.isEmpty() && (outcome.isNew() || outcome.conflict() != null);
        if (!mapStands || withdraws) {
            written = configMaps.publish(claim, target, cached, commitBegan);
            Refusal obstacle = written.refusal();
            if (obstacle != null && outcome.isNew() && stillPublishesOther(outcome, obstacle)) {
                return keepWhatStands(claim, outcome, obstacle);
            }
            rendered = render(claim, outcome, target, obstacle);
        }
        if ((outcome.isNew() || !rendered.status().equals(claim.status())) && !report(claim, outcome, rendered)) {
            return Optional.of(LOOK_SOON);
        }
        portIndex.settle(claim.uid(), cooldowns, null);
        if (outcome.isNew() && (written == null || written.since() != null)) {
            // What was just settled is dated too; the ConfigMap says no more than is held for as long as that.
            configMaps.confirm(claim);
        }
        return settled(claim, outcome, rendered);
    }

    /** Whether the claim's own ConfigMap may still say what is to be released: then nothing is released. */
    private static boolean stillPublishesOther(ClaimDecider.Outcome outcome, Refusal obstacle) {
        return obstacle.reason() == Reason.CONFIG_MAP_REFUSED
                && !outcome.published().isEmpty();
    }

    private Optional<Duration> keepWhatStands(Claim claim, ClaimDecider.Outcome outcome, Refusal obstacle) {
        RenderedStatus rendered = render(claim, outcome, outcome.published(), obstacle);
        if (!rendered.status().equals(claim.status()) && !report(claim, outcome, rendered)) {
            return Optional.of(LOOK_SOON);
        }
        settled(claim, outcome, rendered);
        return Optional.of(CONFIG_MAP_RETRY);
    }

    /** Writes the status; false when the claim is gone, and what it held released. */
    private boolean report(Claim claim, ClaimDecider.Outcome outcome, RenderedStatus rendered) {
        boolean stands = statusWriter.write(
                claim,
                rendered,
                () -> portIndex
                        .allocation(claim.uid())
                        .map(ClaimAllocation::current)
                        .orElse(Assignment.NONE)
                        .equals(outcome.assignment()));
        if (stands) {
            tell(claim, outcome, rendered);
        } else {
            releaser.releaseIfGone(claim.uid(), claim.key());
        }
        return stands;
    }

    /** A ConfigMap that is not ours is looked at again before anything is written for its sake. */
    private Optional<Refusal> knownObstacle(Claim claim, @Nullable PresentMap cached) {
        boolean before = ClaimStatuses.reason(claim.status(), Conditions.PUBLISHED)
                .filter(Reason.CONFIG_MAP_CONFLICT::equals)
                .isPresent();
        return before || cached != null ? configMaps.obstacle(claim, cached) : Optional.empty();
    }

    private RenderedStatus render(
            Claim claim, ClaimDecider.Outcome outcome, Assignment assignment, @Nullable Refusal publication) {
        ClaimProblems problems = ClaimProblems.NONE
                .withConflict(outcome.conflict())
                .withClaim(outcome.refusal())
                .withPlaces(outcome.refusedPlaces())
                .withPublication(publication)
                .withUsability(
                        usability.problem(claim, outcome.poolName(), assignment).orElse(null));
        return ClaimStatuses.render(
                new ClaimFacts(
                        claim.generation(),
                        outcome.poolName(),
                        claim.configMapName(),
                        claim.spec().scope(),
                        assignment,
                        outcome.nodesDesired(),
                        problems),
                claim.status(),
                clock.instant());
    }

    private void tell(Claim claim, ClaimDecider.Outcome outcome, RenderedStatus rendered) {
        observer.reported(claim, rendered);
        if (outcome.isNew()) {
            observer.assigned(Objects.requireNonNullElse(outcome.poolName(), ""));
            LOG.info(
                    "{}: {}",
                    claim,
                    Objects.requireNonNullElse(rendered.status().summary(), "holds no ports"));
        }
        Refusal waitsFor = rendered.waitsFor();
        if (waitsFor == null && !wasEverReady(claim)) {
            observer.ready(Duration.between(claim.created(), clock.instant()));
        }
        if (waitsFor != null) {
            LOG.info("{}: not ready: {}: {}{}", claim, waitsFor.reason(), waitsFor.message(), inFull(outcome));
        }
    }

    /** Whom the message may not name is named in the operator's own log. */
    private static String inFull(ClaimDecider.Outcome outcome) {
        Refusal refusal = outcome.refusal();
        return refusal == null || refusal.inFull() == null ? "" : " (" + refusal.inFull() + ")";
    }

    private static boolean wasEverReady(Claim claim) {
        return claim.status() != null && claim.status().phase() == Phase.BOUND;
    }

    private Optional<Duration> settled(Claim claim, ClaimDecider.Outcome outcome, RenderedStatus rendered) {
        if (rendered.waitsFor() != null) {
            observer.refused(rendered.waitsFor().reason());
        } else if (!outcome.isNew()) {
            observer.kept();
        }
        tracker.left(claim, rendered);
        if (outcome.isUnfinished()) {
            return Optional.of(AT_ONCE);
        }
        Refusal unpublished = rendered.unpublished();
        boolean configMapInTheWay = unpublished != null
                && (unpublished.reason() == Reason.CONFIG_MAP_CONFLICT
                        || unpublished.reason() == Reason.CONFIG_MAP_REFUSED);
        return configMapInTheWay ? Optional.of(CONFIG_MAP_RETRY) : Optional.ofNullable(outcome.lookAgain());
    }
}
