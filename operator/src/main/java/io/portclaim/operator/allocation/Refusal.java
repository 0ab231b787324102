package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Why a claim does not get what it asks for.
 *
 * @param reason a stable word
 * @param message what was wrong, where, and what would work; it names no object of another namespace
 * @param inFull who is in the way, by namespace and name, for the operator's log only; null where the message says it
 */
public record Refusal(
        Reason reason, String message, @Nullable String inFull) {
    /** A refusal of which the message says all. */
    public Refusal(Reason reason, String message) {
        this(reason, message, null);
    }
}
