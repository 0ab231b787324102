package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.portclaim.operator.pod.PodObjects;
import io.portclaim.operator.simulation.ScriptedHistory;
import io.portclaim.operator.simulation.SimulatedCluster;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * One history of pods with ports of their own that a person has written, with the production code. Its grammar is in the README of
 * the folder {@code histories/pods}.
 */
final class ScriptedPods {
    /** Its watches bring what they bring when the operator runs, and drop when a line says so. */
    private static final PodProcess.Watches WATCHES = new PodProcess.Watches(Duration.ofMinutes(10), Integer.MAX_VALUE);

    private static final String GRACE = "10";

    private final ScriptedHistory history;
    private final SimulatedCluster cluster;
    private final PodInvariants invariants = new PodInvariants();
    private final StoredPods pods;
    private final Random random = new Random(0);
    private final Map<String, PodProcess> processes = new HashMap<>();
    private SmallPool pool = new SmallPool(3);
    private int created;

    ScriptedPods(String text) {
        this.history = new ScriptedHistory(text, () -> pool.pool(), parts -> {
            PodProcess process = new PodProcess(pods(), random, WATCHES, parts);
            processes.put(parts.calls().who(), process);
            return process;
        });
        this.cluster = history.cluster();
        this.pods = new StoredPods(cluster, history::nanos, invariants, true);
        history.alsoBroken(invariants::violation);
        addUsers();
        addNodes();
        addOperators();
        addStatements();
    }

    private StoredPods pods() {
        return pods;
    }

    private void addUsers() {
        history.say(
                "pod (\\S+) of (\\S+) is created(, for node (\\S+) only)?(, with a note)?(, with a finalizer)?(, with a grace of (\\d+) s)?",
                this::create);
        history.say("pod (\\S+) is annotated", words -> pods.annotate(pod(words.group(1))));
        history.say("pod (\\S+) is deleted", words -> pods.delete(pod(words.group(1))));
        history.say("pod (\\S+) is deleted by force", words -> pods.forceDelete(pod(words.group(1))));
        history.say(
                "somebody removes the gate of pod (\\S+)",
                words -> pods.removeGate(pod(words.group(1)), PodObjects.GATE));
        history.say("there are no policies", words -> pods.dropPolicies());
        history.say("the pool has (\\d+) numbers?", words -> pool = new SmallPool(Integer.parseInt(words.group(1))));
    }

    private void addNodes() {
        history.say(
                "pod (\\S+) is bound, to node (\\S+) if it may", words -> bind(pod(words.group(1)), words.group(2)));
        history.say("the process of pod (\\S+) ends", words -> pods.end(pod(words.group(1))));
        history.say("the end of pod (\\S+) is reported", words -> pods.reportEnd(pod(words.group(1))));
        history.say("the object of pod (\\S+) goes", words -> pods.finish(pod(words.group(1))));
    }

    private void addOperators() {
        history.say(
                "the watch of (op\\d) drops", words -> process(words.group(1)).relist());
    }

    private void addStatements() {
        history.say(
                "pod (\\S+) has the number (\\d+)",
                words -> history.require(words.group(), numbers(words.group(1)).equals(List.of(words.group(2)))));
        history.say(
                "pod (\\S+) waits",
                words -> history.require(
                        words.group(),
                        !pod(words.group(1)).getSpec().getSchedulingGates().isEmpty()));
        history.say("pod (\\S+) must have a number", words -> requireNumber(words.group(1)));
        history.say("the index of (op\\d) is as it should be", words -> requireSettled(words.group(1)));
    }

    @Nullable
    String run() {
        return history.run();
    }

    List<String> transcript() {
        return history.transcript();
    }

    private void create(MatchResult words) {
        PodBuilder pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(StoredPods.NAMESPACE)
                .withName(words.group(1))
                .withUid("%s-%d".formatted(words.group(1), ++created))
                .addToLabels(PodObjects.CLAIM_LABEL, words.group(2))
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(Long.valueOf(Objects.requireNonNullElse(words.group(8), GRACE)))
                .addNewContainer()
                .withName("c")
                .endContainer()
                .addNewSchedulingGate(PodObjects.GATE)
                .endSpec();
        if (words.group(3) != null) {
            PodUsers.pin(pod, words.group(4));
        }
        if (words.group(5) != null) {
            pod.editMetadata().addToAnnotations("note", "some").endMetadata();
        }
        if (words.group(6) != null) {
            pod.editMetadata().addToFinalizers("example.com/keep").endMetadata();
        }
        pods.create(pod.build());
    }

    private Pod pod(String name) {
        return pods.named(name).orElseThrow();
    }

    private List<String> numbers(String name) {
        return PodInvariants.numbers(pod(name)).stream().map(String::valueOf).toList();
    }

    /** Where the pod may not run there, the scheduler takes another node, or none. */
    private void bind(Pod pod, String node) {
        if (Scheduler.isToBeBound(pod)) {
            List<String> allowed = Scheduler.allowed(pod, cluster.nodes().names());
            allowed.stream()
                    .filter(node::equals)
                    .findFirst()
                    .or(() -> allowed.stream().findFirst())
                    .ifPresent(chosen -> pods.bind(pod, chosen));
        }
    }

    private PodProcess process(String operator) {
        return Objects.requireNonNull(processes.get(operator), operator);
    }

    /** What a pod waits for has leaked, or it was forgotten. */
    private void requireNumber(String name) {
        if (numbers(name).isEmpty()) {
            history.fail("pod %s has no number".formatted(name));
        }
    }

    private void requireSettled(String operator) {
        String wrong =
                new SettledPods(cluster, pods, pool.numbers(), process(operator).portIndex()).wrong();
        if (wrong != null) {
            history.fail(wrong);
        }
    }
}
