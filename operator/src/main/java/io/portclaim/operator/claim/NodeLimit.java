package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.RequestedPort;
import java.util.List;
import java.util.Optional;

/** How many nodes one claim may cover, by what it asks for on each. */
final class NodeLimit {
    /** The most named ports times nodes of one claim: at 70 bytes each in a status, etcd's 1.5 MiB bound it. */
    static final int MAX_GRANTS = 10_000;

    /**
     * The most slots of one claim. The leader keeps each of them, at some bytes, and decides them all in one step, during
     * which it serves nobody else.
     */
    static final int MAX_SLOTS = 100_000;

    private NodeLimit() {}

    /**
     * Why a claim that covers {@code nodes} nodes covers too many; empty when it does not.
     *
     * @param maxNodes the most nodes of any claim
     */
    static Optional<Refusal> refusal(int nodes, List<RequestedPort> requestedPorts, int maxNodes) {
        int names = Math.max(requestedPorts.size(), 1);
        long numbers = requestedPorts.stream()
                .mapToLong(requested ->
                        (long) requested.count() * requested.protocols().size())
                .sum();
        int byStatus = Math.min(maxNodes, MAX_GRANTS / names);
        int bySlots = (int) (MAX_SLOTS / Math.max(numbers, 1));
        if (nodes <= Math.min(byStatus, bySlots)) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                Reason.TOO_MANY_NODES,
                byStatus <= bySlots
                        ? "the claim covers %d nodes, but one with %d named ports may cover at most %d, because every node that joins rewrites its status and its ConfigMap; use scope Cluster, or narrow spec.nodeSelector"
                                .formatted(nodes, names, byStatus)
                        : "the claim covers %d nodes with %d numbers on each (a number on both TCP and UDP counts twice); that is %d, and a claim may have at most %d; %suse scope Cluster, or narrow spec.nodeSelector%s"
                                .formatted(
                                        nodes,
                                        numbers,
                                        nodes * numbers,
                                        MAX_SLOTS,
                                        nodes <= byStatus
                                                ? "request %d numbers or fewer, ".formatted(MAX_SLOTS / nodes)
                                                : "",
                                        bySlots == 0 ? "" : " to %d nodes".formatted(bySlots))));
    }
}
