package io.portclaim.operator.simulation.pods;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What runs on a node for a pod, be its object there or not.
 *
 * @param uid the pod's UID
 * @param name the pod's name
 * @param node where it runs
 * @param numbers the numbers that it listens on
 * @param until when it is killed at the latest, in ns; null where nobody kills it
 */
record Process(
        String uid,
        String name,
        String node,
        Set<Integer> numbers,
        @Nullable Long until) {
    Process killedUntil(long nanos) {
        return new Process(uid, name, node, numbers, until == null ? nanos : Math.min(until, nanos));
    }

    @Override
    public String toString() {
        return "%s on %s with %s".formatted(uid, node, numbers);
    }
}
