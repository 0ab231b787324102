package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.Refusal;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a claim and what it asks for.
 *
 * @param conflict who keeps a port that this claim also named; null when nobody does
 * @param claim why the claim as a whole, or its latest edit, does not get what it asks for; null when it does
 * @param places why single places have no ports, by place
 * @param publication why the ConfigMap does not have the ports; null when it has them
 * @param usability what keeps a process from listening on a port; null when nothing is known
 */
public record ClaimProblems(
        @Nullable String conflict,
        @Nullable Refusal claim,
        SortedMap<String, Refusal> places,
        @Nullable Refusal publication,
        @Nullable Refusal usability) {
    /** No problem at all. */
    public static final ClaimProblems NONE = new ClaimProblems(null, null, new TreeMap<>(), null, null);

    public ClaimProblems {
        places = Collections.unmodifiableSortedMap(new TreeMap<>(places));
    }

    /** These and the conflict. */
    public ClaimProblems withConflict(@Nullable String found) {
        return new ClaimProblems(found, claim, places, publication, usability);
    }

    /** These and the claim's refusal. */
    public ClaimProblems withClaim(@Nullable Refusal refusal) {
        return new ClaimProblems(conflict, refusal, places, publication, usability);
    }

    /** These and the places' refusals. */
    public ClaimProblems withPlaces(Map<String, Refusal> refusals) {
        return new ClaimProblems(conflict, claim, new TreeMap<>(refusals), publication, usability);
    }

    /** These and what keeps the ConfigMap from having the ports. */
    public ClaimProblems withPublication(@Nullable Refusal refusal) {
        return new ClaimProblems(conflict, claim, places, refusal, usability);
    }

    /** These and what keeps a process from listening. */
    public ClaimProblems withUsability(@Nullable Refusal refusal) {
        return new ClaimProblems(conflict, claim, places, publication, refusal);
    }
}
