package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import java.util.List;

/** No pod has ports of its own. */
final class NoPods implements PodsAtTakeOver {
    @Override
    public List<FoundPod> list() {
        return List.of();
    }

    @Override
    public void restored(List<ClaimAllocation> doubled) {}

    @Override
    public void begin() {}
}
