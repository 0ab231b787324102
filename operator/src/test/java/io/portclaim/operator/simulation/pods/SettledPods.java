package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.pod.PodObjects;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.simulation.Invariants;
import io.portclaim.operator.simulation.SimulatedCluster;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pods after a time in which nothing failed and nobody did anything: each has what it can have, and the leader's index holds what
 * the API server says and nothing else.
 *
 * @param numbers the numbers of the pool
 * @param index the leader's
 */
record SettledPods(SimulatedCluster cluster, StoredPods pods, List<Integer> numbers, PortIndex index) {
    /** What is not as it should be; null when nothing is. */
    @Nullable
    String wrong() {
        String waiting = pods.all().stream()
                .filter(this::waitsForNothing)
                .map(pod -> "%s waits and could be served".formatted(StoredPods.uid(pod)))
                .findFirst()
                .orElse(null);
        return waiting == null ? wrongInIndex() : waiting;
    }

    private @Nullable String wrongInIndex() {
        Map<String, Pod> carrying = new TreeMap<>();
        pods.all().stream()
                .filter(pod -> !PodInvariants.numbers(pod).isEmpty() && !isOver(pod))
                .forEach(pod -> carrying.put(StoredPods.uid(pod), pod));
        for (ClaimAllocation held : index.pods().all()) {
            Pod pod = carrying.remove(held.uid());
            if (pod == null && !isWaiting(held.uid())) {
                return "the index holds %s for %s, which is gone".formatted(held.current(), held.uid());
            }
            if (pod != null && !says(pod, held.current())) {
                return "the index holds %s for %s, which has %s on %s"
                        .formatted(
                                held.current(),
                                held.uid(),
                                PodInvariants.numbers(pod),
                                pod.getSpec().getNodeName());
            }
            if (pod != null && held.pending() != null) {
                return "%s is not settled".formatted(held.uid());
            }
        }
        return carrying.isEmpty() ? null : "the index holds nothing for %s".formatted(carrying.keySet());
    }

    private boolean isWaiting(String uid) {
        return pods.all().stream()
                .anyMatch(pod -> StoredPods.uid(pod).equals(uid)
                        && !pod.getSpec().getSchedulingGates().isEmpty());
    }

    private static boolean says(Pod pod, Assignment held) {
        String node = pod.getSpec().getNodeName();
        String pinned = pod.getMetadata().getLabels().get("pinned");
        String place = Stream.of(Optional.ofNullable(node), Optional.ofNullable(pinned))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(Place.SOMEWHERE);
        Set<Integer> heldNumbers = new TreeSet<>();
        for (PortGrant grant : held.at(place)) {
            for (int number = grant.port(); number <= grant.lastPort(); number++) {
                heldNumbers.add(number);
            }
        }
        return held.byPlace().size() == 1 && heldNumbers.equals(PodInvariants.numbers(pod));
    }

    private static boolean isOver(Pod pod) {
        return (pod.getSpec().getNodeName() == null && StoredPods.isDeleting(pod))
                || (pod.getStatus() != null
                        && "Succeeded".equals(pod.getStatus().getPhase()));
    }

    /** Whether it lacks nothing but the operator; of a pod that asks for several numbers nothing is required. */
    private boolean waitsForNothing(Pod pod) {
        Claim claim = cluster.claim(new ClaimKey(
                        StoredPods.NAMESPACE, pod.getMetadata().getLabels().get(PodObjects.CLAIM_LABEL)))
                .orElse(null);
        boolean waits = pod.getSpec().getSchedulingGates().size() == 1
                && pod.getSpec().getSchedulingGates().get(0).getName().equals(PodObjects.GATE)
                && !StoredPods.isDeleting(pod);
        if (!waits || claim == null || claim.spec().scope() != Scope.POD || !asksForOne(claim)) {
            return false;
        }
        boolean isCrowded = pods.all().stream()
                .anyMatch(other -> Scheduler.isToBeBound(other)
                        && !PodInvariants.numbers(other).isEmpty());
        return !isCrowded
                && Scheduler.allowed(pod, cluster.nodes().names()).stream()
                        .anyMatch(node -> numbers.stream().anyMatch(number -> isFree(number, node)));
    }

    private static boolean asksForOne(Claim claim) {
        return claim.spec().ports().size() == 1 && claim.spec().ports().get(0).count() == null;
    }

    private boolean isFree(int number, String node) {
        return Invariants.readable(cluster).stream()
                        .noneMatch(readable -> readable.number() == number
                                && (readable.place().equals("*")
                                        || readable.place().equals(node)))
                && pods.all().stream()
                        .noneMatch(other -> node.equals(other.getSpec().getNodeName())
                                && !isOver(other)
                                && PodInvariants.numbers(other).contains(number));
    }
}
