package io.portclaim.operator.simulation.pods;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.portclaim.operator.pod.PodObjects;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.simulation.SimulatedCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** The pods of the simulated API server, at one version after the other, and the processes on the nodes. */
final class StoredPods {
    static final String NAMESPACE = "n";

    private final SimulatedCluster cluster;
    private final LongSupplier nanos;
    private final Map<String, Pod> pods = new TreeMap<>();
    private final Map<String, Process> processes = new LinkedHashMap<>();
    private final List<Event> events = new ArrayList<>();
    private final PodInvariants invariants;
    private boolean hasPolicies;
    private long revision = 1_000;

    /** What a watch brings: the pod as it is now, or as it went. */
    record Event(long at, Pod pod, boolean isDeletion) {}

    /** With policies, nobody but the operator removes its gate. */
    StoredPods(SimulatedCluster cluster, LongSupplier nanos, PodInvariants invariants, boolean hasPolicies) {
        this.cluster = cluster;
        this.nanos = nanos;
        this.invariants = invariants;
        this.hasPolicies = hasPolicies;
        cluster.alsoLook(this::look);
    }

    /** Whether nobody but the operator removes its gate. */
    boolean hasPolicies() {
        return hasPolicies;
    }

    void dropPolicies() {
        hasPolicies = false;
    }

    List<Pod> all() {
        return List.copyOf(pods.values());
    }

    Optional<Pod> named(String name) {
        return Optional.ofNullable(pods.get(name));
    }

    /** What happened, oldest first: each watch is at one of them. */
    List<Event> events() {
        return events;
    }

    /** The processes that may live now. */
    List<Process> processes() {
        processes.values().removeIf(process -> process.until() != null && process.until() <= nanos.getAsLong());
        return List.copyOf(processes.values());
    }

    boolean isAlive(Pod pod) {
        return processes().stream().anyMatch(process -> process.uid().equals(uid(pod)));
    }

    private void look() {
        invariants.look(cluster, this);
    }

    static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    static String name(Pod pod) {
        return pod.getMetadata().getName();
    }

    static boolean isDeleting(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    private PodBuilder next(Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .withResourceVersion(Long.toString(++revision))
                .endMetadata();
    }

    private void store(Pod pod, String what) {
        pods.put(name(pod), pod);
        events.add(new Event(nanos.getAsLong(), pod, false));
        happened(what, pod);
    }

    private void happened(String what, Pod pod) {
        cluster.note("%s: %s".formatted(uid(pod), what));
        look();
    }

    // What users do.

    void create(Pod pod) {
        Pod created = next(pod)
                .editMetadata()
                .withCreationTimestamp(cluster.now().toString())
                .endMetadata()
                .build();
        store(
                created,
                "a user creates it for claim %s, gates %s%s%s"
                        .formatted(
                                pod.getMetadata().getLabels().get(PodObjects.CLAIM_LABEL),
                                pod.getSpec().getSchedulingGates().stream()
                                        .map(PodSchedulingGate::getName)
                                        .toList(),
                                pod.getSpec().getAffinity() == null
                                        ? ""
                                        : ", for one node only: "
                                                + PodObjects.read(created).boundTo(),
                                pod.getMetadata().getFinalizers().isEmpty() ? "" : ", with a finalizer"));
    }

    void annotate(Pod pod) {
        store(
                next(pod)
                        .editMetadata()
                        .addToAnnotations("note", "some")
                        .endMetadata()
                        .build(),
                "a user annotates it");
    }

    void removeGate(Pod pod, String gate) {
        if (hasPolicies && gate.equals(PodObjects.GATE)) {
            cluster.note("%s: a policy keeps somebody from removing the gate %s".formatted(uid(pod), gate));
            return;
        }
        store(
                next(pod)
                        .editSpec()
                        .removeMatchingFromSchedulingGates(
                                present -> present.getName().equals(gate))
                        .endSpec()
                        .build(),
                "somebody removes the gate " + gate);
    }

    /** It goes at once where nothing has to end before, and nobody keeps its object. */
    void delete(Pod pod) {
        boolean stays = pod.getSpec().getNodeName() != null
                || !pod.getMetadata().getFinalizers().isEmpty();
        if (!stays) {
            remove(pod, "a user deletes it");
        } else if (!isDeleting(pod)) {
            store(deleting(pod), "a user deletes it, it is to end");
        }
    }

    private Pod deleting(Pod pod) {
        return isDeleting(pod)
                ? next(pod).build()
                : next(pod)
                        .editMetadata()
                        .withDeletionTimestamp(cluster.now().toString())
                        .endMetadata()
                        .build();
    }

    /** Its object goes, and its process is killed some time after. */
    void forceDelete(Pod pod) {
        long grace = Duration.ofSeconds(pod.getSpec().getTerminationGracePeriodSeconds())
                .toNanos();
        processes.computeIfPresent(uid(pod), (uid, process) -> process.killedUntil(nanos.getAsLong() + grace));
        if (pod.getMetadata().getFinalizers().isEmpty()) {
            remove(pod, "a user deletes it by force");
        } else {
            store(deleting(pod), "a user deletes it by force, a finalizer keeps its object");
        }
    }

    void removeFinalizer(Pod pod) {
        Pod without =
                next(pod).editMetadata().withFinalizers(List.of()).endMetadata().build();
        boolean goes = isDeleting(pod) && (pod.getSpec().getNodeName() == null || !isAlive(pod));
        if (goes) {
            remove(without, "its finalizer goes, and it too");
        } else {
            store(without, "its finalizer goes");
        }
    }

    private void remove(Pod pod, String what) {
        pods.remove(name(pod));
        events.add(new Event(nanos.getAsLong(), next(pod).build(), true));
        happened(what, pod);
    }

    // What the scheduler and kubelets do.

    void bind(Pod pod, String node) {
        Pod bound = next(pod).editSpec().withNodeName(node).endSpec().build();
        processes.put(uid(pod), new Process(uid(pod), name(pod), node, PodInvariants.numbers(pod), null));
        store(bound, "is bound to node %s, with %s".formatted(node, PodInvariants.numbers(pod)));
    }

    /** Its process ends, which nobody has reported yet. */
    void end(Pod pod) {
        processes.remove(uid(pod));
        happened("its process ends", pod);
    }

    /** The kubelet reports that all has ended; in a pod that is not being deleted, that is how it succeeds. */
    void reportEnd(Pod pod) {
        store(
                next(pod)
                        .withNewStatus()
                        .withPhase("Succeeded")
                        .withContainerStatuses(new ContainerStatusBuilder()
                                .withName("c")
                                .withState(new ContainerStateBuilder()
                                        .withNewTerminated()
                                        .endTerminated()
                                        .build())
                                .build())
                        .endStatus()
                        .build(),
                "its kubelet reports its end");
    }

    /** The kubelet lets the object of a pod go that has ended. */
    void finish(Pod pod) {
        remove(pod, "its kubelet lets it go");
    }

    /** The node is gone, and with it all that ran there. */
    void nodeGone(String node) {
        processes.values().removeIf(process -> process.node().equals(node));
        all().stream()
                .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                .forEach(pod -> remove(pod, "goes with its node"));
    }

    // What operators do.

    /** The pod after the patch. */
    Pod patch(String who, ClaimPod at, JsonNode patch) throws PatchedPod.Refused {
        Pod present = pods.get(at.name());
        if (present == null) {
            throw new PatchedPod.Refused("it is gone");
        }
        Pod patched = next(PatchedPod.of(present, patch)).build();
        store(
                patched,
                "%s publishes %s, leaving out %s"
                        .formatted(who, PodInvariants.numbers(patched), Scheduler.leftOut(patched)));
        return patched;
    }
}
