package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.operator.simulation.Invariants;
import io.portclaim.operator.simulation.Invariants.Readable;
import io.portclaim.operator.simulation.SimulatedCluster;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What must always hold, by code that shares nothing with the allocation: no two processes on a node have one number, be they pods'
 * or claims', a pod's number never changes, none runs without, and no two pods that wait for a node have one.
 */
final class PodInvariants {
    private static final String NUMBER = "port.portclaim.io/";
    private static final String LAST = "port-end.portclaim.io/";
    private static final Pattern ALL = Pattern.compile("\"port\":(\\d+)");

    private final Map<String, Set<Integer>> published = new HashMap<>();
    private @Nullable String violation;

    @Nullable
    String violation() {
        return violation;
    }

    private void fail(String what) {
        violation = violation == null ? what : violation;
    }

    /** The numbers that the pod's annotations give its processes. */
    static Set<Integer> numbers(Pod pod) {
        Set<Integer> numbers = new TreeSet<>();
        annotations(pod).forEach((key, value) -> {
            if (key.startsWith(NUMBER)) {
                String last = annotations(pod).getOrDefault(LAST + key.substring(NUMBER.length()), value);
                for (int number = Integer.parseInt(value); number <= Integer.parseInt(last); number++) {
                    numbers.add(number);
                }
            }
        });
        return numbers;
    }

    private static Map<String, String> annotations(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
    }

    void look(SimulatedCluster cluster, StoredPods pods) {
        List<Process> processes = pods.processes();
        for (int i = 0; i < processes.size(); i++) {
            for (int j = 0; j < i; j++) {
                requireNoClash(processes.get(i), processes.get(j));
            }
        }
        for (Readable readable : Invariants.readable(cluster)) {
            processes.forEach(process -> requireNoClash(process, readable));
        }
        List<Pod> all = pods.all();
        for (int i = 0; i < all.size(); i++) {
            requireSticky(all.get(i));
            for (int j = 0; j < i; j++) {
                requireOneWithoutNode(all.get(i), all.get(j));
            }
        }
        if (pods.hasPolicies()) {
            processes.stream()
                    .filter(process -> process.numbers().isEmpty())
                    .forEach(process -> fail("%s runs without a number".formatted(process)));
        }
    }

    private void requireNoClash(Process one, Process other) {
        boolean isSame = one.uid().equals(other.uid());
        if (!isSame && one.node().equals(other.node()) && one.numbers().stream().anyMatch(other.numbers()::contains)) {
            fail("%s and %s live at once".formatted(one, other));
        }
    }

    private void requireNoClash(Process process, Readable readable) {
        boolean isHere = readable.place().equals("*") || readable.place().equals(process.node());
        if (isHere && process.numbers().contains(readable.number())) {
            fail("%s lives, and %s".formatted(process, readable));
        }
    }

    private void requireSticky(Pod pod) {
        Set<Integer> numbers = numbers(pod);
        Set<Integer> before = published.get(StoredPods.uid(pod));
        if (before != null && !before.equals(numbers)) {
            fail("%s had %s and has %s".formatted(StoredPods.uid(pod), before, numbers));
        }
        if (!numbers.isEmpty() && before == null) {
            published.put(StoredPods.uid(pod), numbers);
            Set<Integer> all = new TreeSet<>();
            Matcher matcher = ALL.matcher(annotations(pod).getOrDefault("portclaim.io/ports", ""));
            while (matcher.find()) {
                all.add(Integer.valueOf(matcher.group(1)));
            }
            if (!numbers.containsAll(all) || all.isEmpty()) {
                fail("%s says %s and %s".formatted(StoredPods.uid(pod), numbers, all));
            }
        }
    }

    /** Of two pods that each can run on one node only, or that lack a number, nothing is required before they run. */
    private void requireOneWithoutNode(Pod one, Pod other) {
        if (Scheduler.isToBeBound(one)
                && Scheduler.isToBeBound(other)
                && !isPinned(one)
                && !isPinned(other)
                && numbers(one).stream().anyMatch(numbers(other)::contains)) {
            fail("%s and %s have no node and one number".formatted(StoredPods.uid(one), StoredPods.uid(other)));
        }
    }

    /** Whether it can run on one node only. */
    static boolean isPinned(Pod pod) {
        return pod.getMetadata().getLabels().containsKey("pinned");
    }
}
