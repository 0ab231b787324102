package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.publish.Conditions.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A claim's conditions, always these in this order: Ready, Assigned, Published, Usable, and Stalled only while it is true. */
final class ClaimConditions {
    private final ClaimFacts facts;
    private final ClaimProblems problems;
    private final @Nullable Refusal lacking;

    ClaimConditions(ClaimFacts facts) {
        this.facts = facts;
        this.problems = facts.problems();
        this.lacking = lacking();
    }

    /** Whether the claim has and publishes all that it asks for. */
    boolean isReady() {
        return waitsFor() == null;
    }

    /** Why the claim is not ready; null when it is. */
    @Nullable
    Refusal waitsFor() {
        return lacking == null ? problems.publication() : lacking;
    }

    /** What is known to keep a process from listening on a port that the claim has; null when nothing is. */
    @Nullable
    Refusal unusable() {
        return facts.published().isEmpty() ? null : problems.usability();
    }

    List<Condition> all(Conditions conditions) {
        List<Condition> always =
                List.of(ready(conditions), assigned(conditions), published(conditions), usable(conditions));
        return stalling()
                .map(refusal -> Stream.concat(
                                always.stream(),
                                Stream.of(conditions.next(
                                        Conditions.STALLED, Status.TRUE, refusal.reason(), refusal.message())))
                        .toList())
                .orElse(always);
    }

    /** The first thing that is wrong and that waiting does not heal. */
    private Optional<Refusal> stalling() {
        return Stream.of(Optional.ofNullable(lacking), Optional.ofNullable(problems.publication()))
                .flatMap(Optional::stream)
                .filter(refusal -> refusal.reason().stalls())
                .findFirst();
    }

    private Condition ready(Conditions conditions) {
        Refusal wrong = waitsFor();
        return wrong != null
                ? refused(conditions, Conditions.READY, wrong)
                : conditions.next(
                        Conditions.READY,
                        Status.TRUE,
                        Reason.ASSIGNED,
                        "%s and published in ConfigMap %s".formatted(assigned(), facts.configMapName()));
    }

    private Condition assigned(Conditions conditions) {
        return lacking != null
                ? refused(conditions, Conditions.ASSIGNED, lacking)
                : conditions.next(Conditions.ASSIGNED, Status.TRUE, Reason.ASSIGNED, assigned());
    }

    private Condition published(Conditions conditions) {
        if (problems.publication() != null) {
            return refused(conditions, Conditions.PUBLISHED, problems.publication());
        }
        return facts.published().isEmpty()
                ? conditions.next(
                        Conditions.PUBLISHED, Status.FALSE, Reason.NOT_ASSIGNED, "the claim has no ports to publish")
                : conditions.next(
                        Conditions.PUBLISHED,
                        Status.TRUE,
                        Reason.PUBLISHED,
                        "the ports are in ConfigMap " + facts.configMapName());
    }

    private Condition usable(Conditions conditions) {
        if (facts.published().isEmpty()) {
            return conditions.next(
                    Conditions.USABLE, Status.UNKNOWN, Reason.NOT_ASSIGNED, "the claim has no published ports yet");
        }
        Refusal wrong = unusable();
        return wrong != null
                ? refused(conditions, Conditions.USABLE, wrong)
                : conditions.next(
                        Conditions.USABLE,
                        Status.TRUE,
                        Reason.USABLE,
                        "nothing is known to prevent a process from listening on the ports");
    }

    private static Condition refused(Conditions conditions, String type, Refusal refusal) {
        return conditions.next(type, Status.FALSE, refusal.reason(), refusal.message());
    }

    private String assigned() {
        int numbers = facts.numbersPerPlace();
        return "%d %s assigned %s"
                .formatted(numbers, numbers == 1 ? "port" : "ports", PortSummary.where(facts.placesShown()));
    }

    /** Why the claim has not all that it asks for: the gravest reason first. */
    private @Nullable Refusal lacking() {
        if (problems.conflict() != null) {
            return new Refusal(Reason.CONFLICTED, problems.conflict());
        }
        Refusal claim = problems.claim();
        if (claim != null) {
            return facts.published().isEmpty()
                    ? claim
                    : claim.saying(claim.message() + "; until then the claim keeps the ports it has");
        }
        if (!problems.places().isEmpty()) {
            return ofPlaces(problems.places());
        }
        if (facts.placesDesired().isEmpty()) {
            return new Refusal(
                    Reason.NO_MATCHING_NODE,
                    "no node matches both the claim and its pool; the claim is served as soon as one does");
        }
        List<String> undecided = facts.placesUndecided();
        return undecided.isEmpty()
                ? null
                : new Refusal(
                        Reason.NOT_ASSIGNED,
                        facts.placesDesired().size() == 1
                                ? "no ports have been assigned yet; the operator assigns them automatically"
                                : "%s yet; the operator assigns them automatically"
                                        .formatted(without(undecided.size())));
    }

    private Refusal ofPlaces(SortedMap<String, Refusal> places) {
        // One that waiting does not heal comes before those that it does.
        Map.Entry<String, Refusal> gravest = places.entrySet().stream()
                .filter(place -> place.getValue().reason().stalls())
                .findFirst()
                .orElseGet(() -> places.entrySet().iterator().next());
        String first = gravest.getKey();
        Refusal refusal = gravest.getValue().outOf(places.values());
        if (facts.placesDesired().size() < 2) {
            return refusal;
        }
        return refusal.saying(
                "%s; on %s: %s".formatted(without(places.size()), first, withoutPlace(refusal.message(), first)));
    }

    private String without(int nodes) {
        return "%d of %d nodes %s no ports"
                .formatted(nodes, facts.placesDesired().size(), nodes == 1 ? "has" : "have");
    }

    /** A message as it stands beside the name of {@code node}, so that nodes in the same plight share one. */
    static String withoutPlace(String message, String node) {
        return Place.isEverywhere(node)
                ? message
                : Pattern.compile(" on node " + Pattern.quote(node) + "(?![-.a-z0-9])")
                        .matcher(message)
                        .replaceAll("");
    }
}
