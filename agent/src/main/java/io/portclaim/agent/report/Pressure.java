package io.portclaim.agent.report;

import io.portclaim.api.v1alpha1.Reason;
import org.jspecify.annotations.Nullable;

/**
 * The condition EphemeralPortPressure.
 *
 * @param destination what is nearly full, as {@link io.portclaim.agent.census.Destination#name} has it; null for nothing
 * @param message for people; its figures are those of the time when it was written
 * @param since when it came or went, RFC 3339
 */
public record Pressure(@Nullable String destination, String message, String since) {
    /** Whether it holds. */
    public boolean holds() {
        return destination != null;
    }

    /** Why it holds, or does not. */
    public Reason reason() {
        return holds() ? Reason.DESTINATION_NEARLY_FULL : Reason.EPHEMERAL_PORTS_FREE;
    }
}
