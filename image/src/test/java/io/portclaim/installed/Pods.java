package io.portclaim.installed;

import static java.util.Objects.requireNonNull;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** What is asked of pods that have ports of their own. */
final class Pods {
    private Pods() {}

    static boolean isReady(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"));
    }

    /** Whether the scheduler says that it waits behind a gate. */
    static boolean isGated(Pod pod) {
        return "SchedulingGated".equals(whyUnscheduled(pod));
    }

    /** Why the scheduler has not scheduled it; empty where it has, or has said nothing. */
    static String whyUnscheduled(Pod pod) {
        return pod.getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals("PodScheduled"))
                .map(condition -> Objects.requireNonNullElse(condition.getReason(), ""))
                .findFirst()
                .orElse("");
    }

    /** The number of the port of this name. */
    static int port(Pod pod, String name) {
        return Integer.parseInt(
                requireNonNull(pod.getMetadata().getAnnotations().get("port.portclaim.io/" + name)));
    }

    /** The TCP ports from {@code first} to {@code last} that processes of the node listen on, as its kernel lists them. */
    static Set<Integer> listened(Installation installation, String node, int first, int last) {
        Set<Integer> ports = new TreeSet<>();
        installation
                .cluster()
                .exec(node, "cat", "/proc/net/tcp", "/proc/net/tcp6")
                .lines()
                .map(line -> line.trim().split(" +"))
                // 0A is LISTEN.
                .filter(fields -> fields.length > 3 && fields[3].equals("0A"))
                .map(fields -> Integer.parseInt(fields[1].substring(fields[1].lastIndexOf(':') + 1), 16))
                .filter(port -> port >= first && port <= last)
                .forEach(ports::add);
        return ports;
    }
}
