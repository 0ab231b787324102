package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A claim's way, top to bottom in {@link #walk}: it is admitted and decided what the claim gets, and the decision is committed,
 * published, reported and settled, in this order and never another. What is committed is always published, also when it is no
 * longer wanted; then it is withdrawn by another decision.
 *
 * <p>Belongs to one thread.
 */
final class ClaimWay {
    /** A ConfigMap that is not ours is not watched: whether it has gone is asked at this pace. */
    private static final Duration CONFIG_MAP_RETRY = Duration.ofSeconds(30);

    private static final Duration AT_ONCE = Duration.ofMillis(1);
    /** Another claim of the name may be there already, and JOSDK may not know that it still has to be looked at. */
    private static final Duration LOOK_SOON = Duration.ofMillis(200);

    private final Surroundings with;
    private final Claim claim;
    private final @Nullable PresentMap cached;
    private final ClaimDecider.Outcome outcome;
    /** Whether nothing was sent to anybody yet of what the claim gets: it held nothing, and was decided on just now. */
    private final boolean isFirst;

    private final Assignment target;
    private final @Nullable Refusal knownObstacle;
    private final boolean mapStands;
    private RenderedStatus rendered;
    private long commitBegan;
    private ConfigMaps.@Nullable Written written;

    /**
     * What the steps need.
     *
     * @param decider admits the claim and decides
     * @param commit makes decisions durable
     * @param configMaps publishes
     * @param reports writes statuses
     * @param portIndex who holds what
     * @param cooldowns how long released ports cool
     * @param tracker the claims that are known
     * @param observer is called with what becomes of claims
     * @param time how long a commit takes
     */
    record Surroundings(
            ClaimDecider decider,
            LeadershipBarrier commit,
            ConfigMaps configMaps,
            ClaimReports reports,
            PortIndex portIndex,
            PortIndex.Cooldowns cooldowns,
            ClaimTracker tracker,
            ServingObserver observer,
            Time time) {}

    private ClaimWay(
            Surroundings with,
            Claim claim,
            ClaimDecider.Outcome outcome,
            boolean isFirst,
            @Nullable PresentMap cached) {
        this.with = with;
        this.isFirst = isFirst;
        this.claim = claim;
        this.cached = cached;
        this.outcome = outcome;
        this.target = outcome.assignment();
        Refusal unpublishable = outcome.unpublishable();
        this.knownObstacle = unpublishable != null ? unpublishable : obstacle();
        this.mapStands = knownObstacle != null || with.configMaps.isUpToDate(claim, target, cached);
        this.rendered = with.reports.render(claim, outcome, target, knownObstacle);
    }

    /**
     * Takes the claim this way, and writes nothing where all stands as it should.
     *
     * @param cached the claim's ConfigMap as it was known before; null when there was none
     * @return when to look at the claim again by itself; empty for not before something changes
     * @throws LeadershipLost when this process no longer leads
     */
    static Optional<Duration> walk(Surroundings with, Claim claim, @Nullable PresentMap cached) {
        boolean isFirst = with.portIndex.allocation(claim.uid()).isEmpty();
        ClaimDecider.Outcome outcome = with.decider.decide(
                claim,
                held -> with.configMaps.standingRefusal(claim, held, cached),
                () -> with.configMaps.wished(claim, cached));
        ClaimWay way = new ClaimWay(with, claim, outcome, isFirst && outcome.isNew(), cached);
        if (way.allStands()) {
            return way.leave();
        }
        way.commit();
        if (!way.publish()) {
            return way.keepWhatStands();
        }
        PresentMap found = way.found();
        if (found != null) {
            return way.walkAgain(found);
        }
        if (!way.report()) {
            return Optional.of(LOOK_SOON);
        }
        way.settle();
        return way.leave();
    }

    private boolean allStands() {
        boolean stands = !outcome.isNew() && mapStands && isReported();
        if (stands && knownObstacle == null && cached != null) {
            with.configMaps.confirm(claim);
        }
        return stands;
    }

    private boolean isReported() {
        return rendered.status().equals(claim.status());
    }

    private void commit() {
        commitBegan = with.time.nanos();
        with.commit.await();
    }

    /** False when the ConfigMap still says what is to be released. */
    private boolean publish() {
        boolean withdraws = target.isEmpty() && (outcome.isNew() || outcome.conflict() != null);
        if (!mapStands || withdraws) {
            written = isFirst && cached == null && !target.isEmpty()
                    ? with.configMaps.publishFirst(claim, target, commitBegan)
                    : with.configMaps.publish(claim, target, cached, commitBegan);
            Refusal obstacle = written.refusal();
            if (obstacle != null && outcome.isNew() && stillPublishesOther(obstacle)) {
                rendered = with.reports.render(claim, outcome, outcome.published(), obstacle);
                return false;
            }
            rendered = with.reports.render(claim, outcome, target, obstacle);
        }
        return true;
    }

    /** The ConfigMap of an earlier claim that stands where this one's is to be, and was not known when it was decided. */
    private @Nullable PresentMap found() {
        return written == null ? null : written.found();
    }

    /**
     * Takes back a decision of which nobody can have read anything, and decides again by what the ConfigMap says: this process made it
     * in this very pass, and has sent no more of it than the create that failed. The entry is replaced by the next commit, before
     * anything else is sent. What it gave cools all the same, because a create may arrive twice.
     */
    private Optional<Duration> walkAgain(PresentMap found) {
        with.portIndex.release(
                claim.uid(), with.cooldowns, Objects.requireNonNull(written).since());
        return walk(with, claim, found);
    }

    /** Whether the claim's own ConfigMap may still say what is to be released: then nothing is released. */
    private boolean stillPublishesOther(Refusal obstacle) {
        return obstacle.reason() == Reason.CONFIG_MAP_REFUSED
                && !outcome.published().isEmpty();
    }

    private Optional<Duration> keepWhatStands() {
        if (!isReported() && !with.reports.write(claim, outcome, rendered)) {
            return Optional.of(LOOK_SOON);
        }
        leave();
        return Optional.of(CONFIG_MAP_RETRY);
    }

    /** False when the claim is gone, and what it held is released. */
    private boolean report() {
        return (!outcome.isNew() && isReported()) || with.reports.write(claim, outcome, rendered);
    }

    private void settle() {
        with.portIndex.settle(claim.uid(), with.cooldowns, null);
        if (outcome.isNew() && (written == null || written.since() != null)) {
            // What was just settled is dated too; the ConfigMap says no more than is held for as long as that.
            with.configMaps.confirm(claim);
        }
    }

    private Optional<Duration> leave() {
        if (rendered.waitsFor() != null) {
            with.observer.refused(rendered.waitsFor().reason());
        } else if (!outcome.isNew()) {
            with.observer.kept();
        }
        with.tracker.left(claim, rendered);
        if (outcome.isUnfinished()) {
            return Optional.of(AT_ONCE);
        }
        Refusal unpublished = rendered.unpublished();
        boolean configMapInTheWay = unpublished != null
                && (unpublished.reason() == Reason.CONFIG_MAP_CONFLICT
                        || unpublished.reason() == Reason.CONFIG_MAP_REFUSED);
        return configMapInTheWay ? Optional.of(CONFIG_MAP_RETRY) : Optional.ofNullable(outcome.lookAgain());
    }

    /** A ConfigMap that is not ours is looked at again before anything is written for its sake. */
    private @Nullable Refusal obstacle() {
        boolean before = ClaimStatuses.reason(claim.status(), Conditions.PUBLISHED)
                .filter(Reason.CONFIG_MAP_CONFLICT::equals)
                .isPresent();
        return before || cached != null
                ? with.configMaps.obstacle(claim, cached).orElse(null)
                : null;
    }
}
