package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All that a claim's status is made of.
 *
 * @param uid the claim's UID
 * @param generation the generation of the spec that was dealt with
 * @param poolName the pool that serves the claim; null while none does
 * @param configMapName where its ports are published
 * @param scope the claim's scope
 * @param published what it holds, as pods may read it
 * @param nodesDesired Node scope: the nodes where it wants ports; otherwise empty
 * @param problems what is wrong
 */
public record ClaimFacts(
        String uid,
        long generation,
        @Nullable String poolName,
        String configMapName,
        Scope scope,
        Assignment published,
        SortedSet<String> nodesDesired,
        ClaimProblems problems) {

    public ClaimFacts {
        nodesDesired = Collections.unmodifiableSortedSet(new TreeSet<>(nodesDesired));
    }

    /** The places where ports are wanted. */
    Set<String> placesDesired() {
        return scope == Scope.CLUSTER ? Set.of(Place.EVERYWHERE) : nodesDesired;
    }

    /** Whether the claim has its ports at {@code place}. */
    boolean isAssignedAt(String place) {
        return !published.at(place).isEmpty() && !problems.places().containsKey(place);
    }

    /** The places that have been neither served nor refused, ascending. */
    List<String> placesUndecided() {
        return placesDesired().stream()
                .filter(place -> published.at(place).isEmpty())
                .filter(place -> !problems.places().containsKey(place))
                .toList();
    }

    /** The places whose numbers the summary shows: those where it wants and has ports, or all that it has. */
    List<String> placesShown() {
        List<String> wanted =
                published.places().stream().filter(placesDesired()::contains).toList();
        return wanted.isEmpty() ? List.copyOf(published.places()) : wanted;
    }

    /** How many numbers the claim has at one place. */
    int numbersPerPlace() {
        return placesShown().stream()
                .findFirst()
                .map(published::at)
                .map(grants -> grants.stream().mapToInt(PortGrant::count).sum())
                .orElse(0);
    }
}
