package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.publish.ClaimFacts;
import io.portclaim.operator.publish.ClaimProblems;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports what became of claims: in their status, the log and the metrics. Thread-safe. */
public final class ClaimReports {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimReports.class);

    private final ClaimStatusWriter statusWriter;
    private final UsabilityCheck usability;
    private final PortIndex portIndex;
    private final DeletedClaimReleaser releaser;
    private final ServingObserver observer;
    private final Clock clock;

    ClaimReports(
            ClaimStatusWriter statusWriter,
            UsabilityCheck usability,
            PortIndex portIndex,
            DeletedClaimReleaser releaser,
            ServingObserver observer,
            Clock clock) {
        this.statusWriter = statusWriter;
        this.usability = usability;
        this.portIndex = portIndex;
        this.releaser = releaser;
        this.observer = observer;
        this.clock = clock;
    }

    /** The status of a claim that has {@code assignment}; {@code publication} is why its ConfigMap does not, or null. */
    RenderedStatus render(
            Claim claim, ClaimDecider.Outcome outcome, Assignment assignment, @Nullable Refusal publication) {
        return render(claim, outcome, assignment, publication, usability, clock.instant());
    }

    /** The same, as {@code usability} judges the assignment and as of {@code now}. */
    public static RenderedStatus render(
            Claim claim,
            ClaimDecider.Outcome outcome,
            Assignment assignment,
            @Nullable Refusal publication,
            UsabilityCheck usability,
            Instant now) {
        ClaimProblems problems = ClaimProblems.NONE
                .withConflict(outcome.conflict())
                .withClaim(outcome.refusal())
                .withPlaces(outcome.refusedPlaces())
                .withPublication(publication)
                .withUsability(
                        usability.problem(claim, outcome.poolName(), assignment).orElse(null));
        return ClaimStatuses.render(
                new ClaimFacts(
                        claim.uid(),
                        claim.generation(),
                        outcome.poolName(),
                        claim.configMapName(),
                        claim.spec().scope(),
                        assignment,
                        outcome.nodesDesired(),
                        problems),
                claim.status(),
                now);
    }

    /** Writes the status; false when the claim is gone, and what it held is released. */
    boolean write(Claim claim, ClaimDecider.Outcome outcome, RenderedStatus rendered) {
        boolean stands = statusWriter.write(
                claim,
                rendered,
                () -> portIndex
                        .allocation(claim.uid())
                        .map(ClaimAllocation::current)
                        .orElse(Assignment.NONE)
                        .equals(outcome.assignment()));
        if (stands) {
            announce(claim, outcome, rendered);
        } else {
            releaser.releaseIfGone(claim);
        }
        return stands;
    }

    private void announce(Claim claim, ClaimDecider.Outcome outcome, RenderedStatus rendered) {
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
}
