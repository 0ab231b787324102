package io.portclaim.operator.allocation;

import java.util.SortedSet;

/** What becomes of a pod that asks for ports of its own. */
public sealed interface PodDecision {
    /**
     * The pod gets ports.
     *
     * @param assignment what it holds from now on, at {@link Place#SOMEWHERE} or at the one node that it can run on
     * @param leftOut the hostnames of the nodes that it must not be scheduled to; fixed with the decision
     */
    record Granted(Assignment assignment, SortedSet<String> leftOut) implements PodDecision {}

    /** Nothing changes; the pod waits. */
    record Refused(Refusal refusal) implements PodDecision {}
}
