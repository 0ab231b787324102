package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.operator.simulation.SimulatedNodes;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Binds pods without gates to any node that they may run on. */
final class Scheduler {
    private final Random random;
    private final StoredPods pods;
    private final SimulatedNodes nodes;

    Scheduler(Random random, StoredPods pods, SimulatedNodes nodes) {
        this.random = random;
        this.pods = pods;
        this.nodes = nodes;
    }

    boolean hasWork() {
        return !bindable().isEmpty();
    }

    void step() {
        List<Pod> bindable = bindable();
        Pod pod = bindable.get(random.nextInt(bindable.size()));
        List<String> allowed = allowed(pod, nodes.names());
        pods.bind(pod, allowed.get(random.nextInt(allowed.size())));
    }

    private List<Pod> bindable() {
        return pods.all().stream()
                .filter(Scheduler::isToBeBound)
                .filter(pod -> !allowed(pod, nodes.names()).isEmpty())
                .toList();
    }

    /** Whether it waits for a node. */
    static boolean isToBeBound(Pod pod) {
        return pod.getSpec().getSchedulingGates().isEmpty()
                && pod.getSpec().getNodeName() == null
                && !StoredPods.isDeleting(pod);
    }

    /** Those of {@code nodes} that the pod may run on. */
    static List<String> allowed(Pod pod, List<String> nodes) {
        return nodes.stream()
                .filter(node -> terms(pod).isEmpty()
                        || terms(pod).stream()
                                .anyMatch(term -> matches(term.getMatchFields(), node)
                                        && matches(term.getMatchExpressions(), SimulatedNodes.hostname(node))))
                .toList();
    }

    private static List<NodeSelectorTerm> terms(Pod pod) {
        Affinity affinity = pod.getSpec().getAffinity();
        return affinity == null || affinity.getNodeAffinity() == null
                ? List.of()
                : affinity.getNodeAffinity()
                        .getRequiredDuringSchedulingIgnoredDuringExecution()
                        .getNodeSelectorTerms();
    }

    private static boolean matches(List<NodeSelectorRequirement> requirements, String value) {
        return requirements.stream()
                .allMatch(requirement -> requirement.getValues().contains(value)
                        == requirement.getOperator().equals("In"));
    }

    /** The hostnames that the pod's affinity leaves out. */
    static Set<String> leftOut(Pod pod) {
        Set<String> hostnames = new TreeSet<>();
        terms(pod).stream()
                .flatMap(term -> term.getMatchExpressions().stream())
                .filter(requirement -> requirement.getOperator().equals("NotIn"))
                .forEach(requirement -> hostnames.addAll(requirement.getValues()));
        return hostnames;
    }
}
