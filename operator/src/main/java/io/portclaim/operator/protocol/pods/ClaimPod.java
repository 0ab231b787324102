package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PodEnd;
import io.portclaim.operator.allocation.PortGrant;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pod that has, or may get, ports of its own, as it stood at one version.
 *
 * @param uid its identity
 * @param namespace its namespace
 * @param name its name
 * @param claim the name of its claim, as its label says; empty where it has no such label any more
 * @param version its resourceVersion as a number: of two of one pod the larger is the later (KEP-5504)
 * @param created when it was created
 * @param gate whether it waits for its ports
 * @param node the node that it is bound to; null while there is none
 * @param boundTo the one node that its affinity allows, as that of a DaemonSet's pod does; null where it allows others
 * @param carried the ports that its annotations say; empty where they say none
 * @param reads the names of the ports that its containers read from annotations
 * @param isEnded whether it has succeeded or failed
 * @param isTerminated whether all its containers are reported to have ended
 * @param isDeleting whether its deletion has begun
 * @param grace how long its processes may take to end
 * @param placement where it may run and how its object looks
 */
public record ClaimPod(
        String uid,
        String namespace,
        String name,
        String claim,
        long version,
        Instant created,
        Gate gate,
        @Nullable String node,
        @Nullable String boundTo,
        List<PortGrant> carried,
        Set<String> reads,
        boolean isEnded,
        boolean isTerminated,
        boolean isDeleting,
        Duration grace,
        PodPlacement placement) {

    /** The scheduling gate that holds a pod back until it has ports. */
    public enum Gate {
        /** It is not there. */
        GONE,
        /** It is the only one. */
        LAST,
        /** Others hold the pod back too. */
        AMONG_OTHERS
    }

    public ClaimPod {
        carried = List.copyOf(carried);
        reads = Set.copyOf(reads);
    }

    /** The name under which it holds ports. */
    public ClaimKey key() {
        return ClaimKey.ofPod(namespace, name);
    }

    /** Its claim. */
    public ClaimKey claimKey() {
        return new ClaimKey(namespace, claim);
    }

    /** Whether it carries ports. */
    public boolean carriesPorts() {
        return !carried.isEmpty();
    }

    /** Whether no process of it runs, or ever will: it has ended, or is being deleted without a node. */
    public boolean isOver() {
        return isEnded || (isDeleting && node == null);
    }

    /** Whether it can be given ports now. */
    public boolean isWaiting() {
        return gate == Gate.LAST && !carriesPorts() && !isOver();
    }

    /** What it carries, where it is: on its node, on the only one that it can be bound to, or on one that is not known. */
    public Assignment holds() {
        String place = Objects.requireNonNullElse(node, Objects.requireNonNullElse(boundTo, Place.SOMEWHERE));
        return carriesPorts() && !isOver() ? Assignment.at(place, carried) : Assignment.NONE;
    }

    /**
     * How it has ended.
     *
     * @param isLastState whether this is known to be the pod's last state
     */
    PodEnd end(boolean isLastState) {
        if (isLastState && node == null) {
            return new PodEnd.NeverRan();
        }
        return isLastState && isTerminated ? new PodEnd.Terminated() : new PodEnd.Uncertain(grace);
    }

    @Override
    public String toString() {
        return "Pod " + namespace + "/" + name;
    }
}
