package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import java.util.List;

/** No pod has ports of its own. */
final class NoPods implements PodsAtTakeOver, PodSide {
    @Override
    public PodsAtTakeOver takeOver() {
        return this;
    }

    @Override
    public boolean hasNews() {
        return false;
    }

    @Override
    public long overdueAt() {
        return Long.MAX_VALUE;
    }

    @Override
    public void hear() {}

    @Override
    public void slotsMayBeFree() {}

    @Override
    public void claimChanged(ClaimKey claim) {}

    @Override
    public void sweep() {}

    @Override
    public List<FoundPod> list() {
        return List.of();
    }

    @Override
    public void restored(List<ClaimAllocation> doubled) {}

    @Override
    public void begin() {}
}
