package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a claim does not get what it asks for.
 *
 * @param reason a stable word
 * @param message what was wrong, where, and what would work; it names no object of another namespace
 * @param inFull who is in the way, by namespace and name, for the operator's log only; null where the message says it
 * @param others why other places of the claim have no ports, where that is another reason: it may pass before this one
 */
public record Refusal(
        Reason reason, String message, @Nullable String inFull, Set<Reason> others) {
    public Refusal {
        others = Set.copyOf(others);
    }

    /** A refusal of one place, or for one reason. */
    public Refusal(Reason reason, String message, @Nullable String inFull) {
        this(reason, message, inFull, Set.of());
    }

    /** A refusal of which the message says all. */
    public Refusal(Reason reason, String message) {
        this(reason, message, null);
    }

    /** The same in other words. */
    public Refusal saying(String words) {
        return new Refusal(reason, words, inFull, others);
    }

    /** This one, on behalf of {@code all} that the claim was refused. */
    public Refusal outOf(Collection<Refusal> all) {
        return new Refusal(
                reason,
                message,
                inFull,
                all.stream()
                        .map(Refusal::reason)
                        .filter(other -> other != reason)
                        .collect(Collectors.toSet()));
    }
}
