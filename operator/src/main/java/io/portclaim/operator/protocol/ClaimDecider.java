package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.Decision;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Request;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides what a claim holds from now on. What it decides is reserved in the index and not yet known to anyone. */
public final class ClaimDecider {
    /** What a decision that was committed for an earlier spec says of the present one, until that is looked at too. */
    private static final Refusal EDITED_SINCE = new Refusal(
            Reason.NOT_ASSIGNED, "what the claim requests has changed meanwhile; the change is processed next");

    private final Admitter admitter;
    private final PortIndex portIndex;
    private final ClaimTracker tracker;
    private final NodeView nodes;
    private final Clock clock;
    private final Duration nodeGrace;

    /**
     * Decides by these.
     *
     * @param nodeGrace how long the ports on an absent node are kept
     */
    public ClaimDecider(
            Admitter admitter,
            PortIndex portIndex,
            ClaimTracker tracker,
            NodeView nodes,
            Clock clock,
            Duration nodeGrace) {
        this.admitter = admitter;
        this.portIndex = portIndex;
        this.tracker = tracker;
        this.nodes = nodes;
        this.clock = clock;
        this.nodeGrace = nodeGrace;
    }

    /**
     * What was decided on a claim.
     *
     * @param poolName the pool that serves it or would; null when there is none
     * @param nodesDesired Node scope: where it wants ports
     * @param published what it held until now, as its status says
     * @param assignment all that it holds from now on
     * @param isNew whether that is not published yet
     * @param isUnfinished whether it was decided before, so that the claim as it is now must be looked at once more
     * @param unpublishable why its ConfigMap can't follow a change, so that nothing is decided; null when nothing is known
     * @param conflict why its ports go to another claim; null when they don't
     * @param refusal why it does not get all that it asks for; null when it does
     * @param refusedPlaces why it has nothing on some of its nodes
     * @param lookAgain when an absent node's grace ends; null when no node is absent
     */
    public record Outcome(
            @Nullable String poolName,
            SortedSet<String> nodesDesired,
            Assignment published,
            Assignment assignment,
            boolean isNew,
            boolean isUnfinished,
            @Nullable Refusal unpublishable,
            @Nullable String conflict,
            @Nullable Refusal refusal,
            Map<String, Refusal> refusedPlaces,
            @Nullable Duration lookAgain) {

        private Outcome unpublishable(Refusal why) {
            return new Outcome(
                    poolName,
                    nodesDesired,
                    published,
                    assignment,
                    isNew,
                    isUnfinished,
                    why,
                    conflict,
                    refusal,
                    refusedPlaces,
                    lookAgain);
        }
    }

    /** Whether what a claim has published could be changed now. */
    public interface Changeable {
        /** Why not; empty when nothing is known that speaks against it. */
        Optional<Refusal> refusal(Assignment published);
    }

    /**
     * Decides on the claim.
     *
     * @param changeable is asked before a decision that would change what is published
     * @param wished says what an earlier claim's ConfigMap wishes; is asked where the claim holds nothing
     */
    public Outcome decide(Claim claim, Changeable changeable, Supplier<Assignment> wished) {
        ClaimAllocation allocation = portIndex.allocation(claim.uid()).orElse(null);
        Admitter.Admitted admitted = admitter.admit(claim, poolName(claim, allocation));
        if (allocation != null && allocation.pending() != null) {
            boolean upToDate = claim.isSatisfiedBy(allocation.current(), admitted.nodes());
            return outcome(claim, admitted, true, upToDate ? null : EDITED_SINCE, Map.of());
        }
        if (conflict(claim) != null) {
            portIndex.withdraw(claim.uid(), claim.revision(), Assignment.NONE);
            return outcome(claim, admitted, false, null, Map.of());
        }
        Assignment held = allocation == null ? Assignment.NONE : allocation.published();
        Set<String> abandoned = abandoned(held);
        if (changes(claim, admitted, held, abandoned)) {
            Refusal refusal = changeable.refusal(held).orElse(null);
            if (refusal != null) {
                return outcome(claim, admitted, false, null, Map.of()).unpublishable(refusal);
            }
        }
        if (admitted.request() == null || admitted.refusal() != null) {
            portIndex.withdraw(claim.uid(), claim.revision(), held.without(abandoned));
            boolean satisfied = claim.isSatisfiedBy(held.without(abandoned), admitted.nodes());
            return outcome(claim, admitted, false, satisfied ? null : admitted.refusal(), Map.of());
        }
        Request request = allocation == null ? admitted.request().wishing(wished.get()) : admitted.request();
        Decision decision = portIndex.decide(request, abandoned);
        if (decision instanceof Decision.Refused refused) {
            portIndex.withdraw(claim.uid(), claim.revision(), held.without(abandoned));
            return outcome(claim, admitted, false, refused.refusal(), Map.of());
        }
        return outcome(claim, admitted, false, null, ((Decision.Granted) decision).refused());
    }

    /** Whether ports that are published would be changed; a ConfigMap that is only to be deleted can always follow. */
    private static boolean changes(Claim claim, Admitter.Admitted admitted, Assignment held, Set<String> abandoned) {
        if (held.isEmpty()) {
            return false;
        }
        boolean isDecided = admitted.request() != null && admitted.refusal() == null;
        return isDecided
                ? !abandoned.isEmpty() || !claim.isSatisfiedBy(held, admitted.nodes())
                : !abandoned.isEmpty() && !held.without(abandoned).isEmpty();
    }

    /** The pool that is named, or that was looked up before: a status that someone else has written does not change it. */
    private @Nullable String poolName(Claim claim, @Nullable ClaimAllocation allocation) {
        if (claim.spec().poolName() != null) {
            return claim.spec().poolName();
        }
        return Optional.ofNullable(allocation)
                .map(ClaimAllocation::pool)
                .filter(pool -> !pool.isEmpty())
                .or(() -> tracker.get(claim.uid()).map(ClaimTracker.TrackedClaim::pool))
                .orElseGet(claim::poolName);
    }

    /** Claims of the same name with another UID that still hold ports. */
    public List<ClaimAllocation> earlierOfTheName(Claim claim) {
        Set<String> uids = portIndex.uids(claim.key());
        if (Set.of(claim.uid()).containsAll(uids)) {
            return List.of();
        }
        return uids.stream()
                .filter(uid -> !uid.equals(claim.uid()))
                .flatMap(uid -> portIndex.allocation(uid).stream())
                .toList();
    }

    private @Nullable String conflict(Claim claim) {
        return portIndex.conflict(claim.uid()).orElse(null);
    }

    private Outcome outcome(
            Claim claim,
            Admitter.Admitted admitted,
            boolean unfinished,
            @Nullable Refusal refusal,
            Map<String, Refusal> refusedPlaces) {
        ClaimAllocation now = portIndex.allocation(claim.uid()).orElse(null);
        Assignment assignment = now == null ? Assignment.NONE : now.current();
        SortedSet<String> desired = admitted.nodes();
        if (desired.isEmpty() && refusal == null && !claim.isClusterWide()) {
            desired = new TreeSet<>(assignment.places());
        }
        return new Outcome(
                admitted.poolName(),
                desired,
                now == null ? Assignment.NONE : now.published(),
                assignment,
                now != null && now.pending() != null,
                unfinished,
                null,
                conflict(claim),
                refusal,
                refusedPlaces,
                untilGraceEnds(assignment));
    }

    /** The nodes that have been absent for longer than their ports are kept. */
    private Set<String> abandoned(Assignment held) {
        Instant limit = clock.instant().minus(nodeGrace);
        return absent(held).stream()
                .filter(node -> !nodes.absentSince(node).isAfter(limit))
                .collect(Collectors.toSet());
    }

    private @Nullable Duration untilGraceEnds(Assignment held) {
        Instant now = clock.instant();
        return absent(held).stream()
                .map(node -> Duration.between(now, nodes.absentSince(node).plus(nodeGrace)))
                .map(left -> left.isNegative() ? Duration.ofSeconds(1) : left.plusSeconds(1))
                .min(Duration::compareTo)
                .orElse(null);
    }

    /** Asked for every claim at every look, and nearly always empty. */
    private Set<String> absent(Assignment held) {
        Set<String> absent = new HashSet<>();
        for (String place : held.places()) {
            if (!Place.isEverywhere(place) && !nodes.exists(place)) {
                absent.add(place);
            }
        }
        return absent;
    }
}
