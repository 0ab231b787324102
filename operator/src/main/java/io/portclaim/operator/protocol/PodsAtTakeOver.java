package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import java.io.IOException;
import java.util.List;

/** The pods with ports of their own, as far as a take-over needs them. */
public interface PodsAtTakeOver {
    /**
     * A live pod that waits for ports of its own, or carries some.
     *
     * @param claim the claim that its label names
     * @param allocation what it carries, as {@linkplain ClaimAllocation#published() published}, of no pool
     * @param isGuarded whether nobody but an operator can have written what it carries
     */
    record FoundPod(ClaimKey claim, ClaimAllocation allocation, boolean isGuarded) {}

    /**
     * Lists those pods, none of them older than this call.
     *
     * @throws IOException when they can't all be listed now
     */
    List<FoundPod> list() throws IOException;

    /** The index is filled, but for pods that carry what somebody else holds. */
    void restored(List<ClaimAllocation> doubled);

    /** Pods may be served. */
    void begin();
}
