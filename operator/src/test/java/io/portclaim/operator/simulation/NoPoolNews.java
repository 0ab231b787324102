package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.claim.RequeueTriggers;
import java.util.Collection;
import java.util.Set;

/** The one pool stays as it is. */
final class NoPoolNews implements RequeueTriggers.PoolNews {
    @Override
    public Set<String> ofOtherKinds() {
        return Set.of();
    }

    @Override
    public boolean offerAny(Collection<Slot> slots) {
        return true;
    }
}
