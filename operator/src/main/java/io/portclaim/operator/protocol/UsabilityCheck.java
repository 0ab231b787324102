package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Refusal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a process could listen on ports that a claim holds, as far as is known. Thread-safe. */
@FunctionalInterface
public interface UsabilityCheck {
    /**
     * The first thing found that prevents it; empty when there is none.
     *
     * @param pool the name of the pool that serves the claim; null when none does
     */
    Optional<Refusal> problem(Claim claim, @Nullable String pool, Assignment held);
}
