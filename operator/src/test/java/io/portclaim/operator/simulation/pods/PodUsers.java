package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.pod.PodObjects;
import io.portclaim.operator.simulation.SimulatedCluster;
import io.portclaim.operator.simulation.Users;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What users do with pods and their claims, at random. */
final class PodUsers {
    private static final String OTHER_GATE = "example.com/quota";
    private static final List<String> NAMES = List.of("x", "y", "d", "z", "v", "w");
    private static final List<ClaimKey> CLAIMS =
            List.of(new ClaimKey(StoredPods.NAMESPACE, "p"), new ClaimKey(StoredPods.NAMESPACE, "q"));
    private static final List<PortClaimSpec> SPECS = List.of(
            Users.spec("{poolName: main, scope: Pod, ports: [{name: http}]}"),
            Users.spec("{poolName: main, scope: Pod, whenFull: NewNode, ports: [{name: http}]}"),
            Users.spec("{poolName: main, scope: Pod, ports: [{name: http}, {name: admin}]}"),
            Users.spec("{poolName: main, scope: Pod, ports: [{name: http, count: 2}]}"));
    private static final Comparator<Pod> BY_VERSION =
            Comparator.comparing(pod -> Long.valueOf(pod.getMetadata().getResourceVersion()));
    private static final int[] GRACES = {2, 10, 30};

    /** What users do, and how often. */
    private enum Action {
        CREATE(8),
        DELETE(3),
        FORCE_DELETE(2),
        CREATE_AGAIN(2),
        ANNOTATE(1),
        REMOVE_OTHER_GATE(2),
        REMOVE_FINALIZER(2),
        REMOVE_OUR_GATE(1),
        CREATE_CLAIM(3),
        DELETE_CLAIM(1),
        COMPETE(5);

        private final int weight;

        Action(int weight) {
            this.weight = weight;
        }
    }

    private final Random random;
    private final SimulatedCluster cluster;
    private final StoredPods pods;
    private final Users competitors;
    private final List<Action> actions = new ArrayList<>();
    private final List<String> names;
    private final boolean hasPinned;
    private final boolean hasFinalizers;
    private final boolean hasOtherGates;
    private final int grace;
    private int created;

    /** {@code competitors} have claims of other scopes; without policies, somebody may remove the operator's gate. */
    PodUsers(Random random, SimulatedCluster cluster, StoredPods pods, Users competitors, boolean hasPolicies) {
        this.random = random;
        this.cluster = cluster;
        this.pods = pods;
        this.competitors = competitors;
        boolean all = random.nextBoolean();
        for (Action action : Action.values()) {
            boolean may = !hasPolicies || action != Action.REMOVE_OUR_GATE;
            if (may && (all || action.ordinal() == 0 || action == Action.CREATE_CLAIM || random.nextInt(3) > 0)) {
                actions.addAll(Collections.nCopies(action.weight, action));
            }
        }
        this.names = NAMES.subList(0, 2 + random.nextInt(NAMES.size() - 1));
        this.hasPinned = random.nextInt(3) == 0;
        this.hasFinalizers = random.nextInt(3) == 0;
        this.hasOtherGates = random.nextInt(3) == 0;
        this.grace = GRACES[random.nextInt(GRACES.length)];
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** The claim that most pods belong to. */
    void begin() {
        createClaim(CLAIMS.get(0));
    }

    private void createClaim(ClaimKey key) {
        if (cluster.claim(key).isEmpty()) {
            // Of most pods the numbers are one each.
            cluster.create(key, random.nextBoolean() ? SPECS.get(0) : any(SPECS));
        }
    }

    void step() {
        switch (any(actions)) {
            case CREATE -> create(any(names));
            case DELETE -> withAny(pod -> true, pods::delete);
            case FORCE_DELETE -> withAny(pod -> true, pods::forceDelete);
            case CREATE_AGAIN -> createAgain();
            case ANNOTATE -> withAny(pod -> true, pods::annotate);
            case REMOVE_OTHER_GATE -> removeGate(OTHER_GATE);
            case REMOVE_OUR_GATE -> removeGate(PodObjects.GATE);
            case REMOVE_FINALIZER ->
                withAny(pod -> !pod.getMetadata().getFinalizers().isEmpty(), pods::removeFinalizer);
            case CREATE_CLAIM -> createClaim(any(CLAIMS));
            case DELETE_CLAIM -> cluster.claim(any(CLAIMS)).ifPresent(cluster::delete);
            case COMPETE -> competitors.step();
        }
    }

    private void withAny(Predicate<Pod> which, Consumer<Pod> what) {
        List<Pod> all = pods.all().stream().filter(which).toList();
        if (!all.isEmpty()) {
            // What has just happened to a pod is what others have not heard of.
            what.accept(random.nextBoolean() ? any(all) : Collections.max(all, BY_VERSION));
        }
    }

    private void removeGate(String gate) {
        withAny(pod -> hasGate(pod, gate), pod -> pods.removeGate(pod, gate));
    }

    private static boolean hasGate(Pod pod, String gate) {
        return pod.getSpec().getSchedulingGates().stream()
                .map(PodSchedulingGate::getName)
                .anyMatch(gate::equals);
    }

    /** As a StatefulSet does, or who can't wait. */
    private void createAgain() {
        withAny(pod -> true, pod -> {
            if (random.nextBoolean()) {
                pods.forceDelete(pod);
            } else {
                pods.delete(pod);
            }
            create(StoredPods.name(pod));
        });
    }

    private void create(String name) {
        if (pods.named(name).isPresent()) {
            return;
        }
        PodBuilder pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(StoredPods.NAMESPACE)
                .withName(name)
                .withUid("%s-%d".formatted(name, ++created))
                .addToLabels(PodObjects.CLAIM_LABEL, random.nextInt(4) > 0 ? "p" : "q")
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds((long) grace)
                .addNewContainer()
                .withName("c")
                .endContainer()
                .addNewSchedulingGate(PodObjects.GATE)
                .endSpec();
        if (hasOtherGates && random.nextBoolean()) {
            pod.editSpec().addNewSchedulingGate(OTHER_GATE).endSpec();
        }
        if (hasFinalizers && random.nextBoolean()) {
            pod.editMetadata().addToFinalizers("example.com/keep").endMetadata();
        }
        if (random.nextInt(4) == 0) {
            pod.editMetadata().addToAnnotations("note", "some").endMetadata();
        }
        if (hasPinned && (name.equals("d") || random.nextInt(4) == 0)) {
            pin(pod, any(cluster.nodes().names()));
        }
        pods.create(pod.build());
    }

    /** The pod can run on this node only, as one of a DaemonSet. */
    static void pin(PodBuilder pod, String node) {
        pod.editMetadata().addToLabels("pinned", node).endMetadata();
        pod.editSpec()
                .withNewAffinity()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addNewMatchField()
                .withKey("metadata.name")
                .withOperator("In")
                .withValues(node)
                .endMatchField()
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec();
    }

    /** Ends the pods that use what claims have. */
    void endClaimsPods() {
        competitors.endPods();
    }

    /** Deletes everything. */
    void leave() {
        pods.all().forEach(pod -> {
            if (!pod.getMetadata().getFinalizers().isEmpty()) {
                pods.removeFinalizer(pod);
            }
        });
        pods.all().forEach(pods::forceDelete);
        competitors.leave();
    }
}
