package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Slot;
import java.util.HashSet;
import java.util.Set;

/**
 * Pods that carry ports which the index can't hold for them, as where somebody has written annotations past the policies: nobody
 * can take the ports from their processes, so they count as declared. Thread-safe.
 */
final class StrayPods {
    private final ForeignPorts foreign;

    StrayPods(ForeignPorts foreign) {
        this.foreign = foreign;
    }

    /** Keeps the pod's ports from others, on its node, or on every node while it has none. */
    void keep(ClaimPod pod) {
        Assignment held = pod.holds();
        Set<Slot> slots = new HashSet<>();
        held.forEachSlot(slot -> slots.add(
                slot.place().equals(Place.SOMEWHERE)
                        ? new Slot(Place.EVERYWHERE, slot.protocol(), slot.port())
                        : slot));
        foreign.declare(id(pod.uid()), new ForeignPorts.Owner("Pod", pod.namespace(), pod.name()), slots);
    }

    /** Keeps nothing more for the pod. */
    void forget(String uid) {
        foreign.withdraw(id(uid));
    }

    /** The pod itself may declare hostPorts under its UID. */
    private static String id(String uid) {
        return uid + "/ports";
    }
}
