package io.portclaim.installed;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that a watch shows of the pods of a namespace that have ports of their own, and what must never be seen: a number twice on
 * a node, a number that changes, a pod on a node without its number, a container that ends by itself, as one does that can't
 * listen on its port.
 */
final class PodHistory implements Watcher<Pod>, AutoCloseable {
    private static final String PORT = "port.portclaim.io/http";

    private final Map<String, Pod> live = new HashMap<>();
    private final Map<String, String> ports = new HashMap<>();
    private final Map<String, Long> most = new HashMap<>();
    private final List<String> faults = new ArrayList<>();
    private final Watch watch;

    PodHistory(KubernetesClient client, String namespace) {
        this.watch = client.pods()
                .inNamespace(namespace)
                .withLabel("portclaim.io/claim")
                .watch(this);
    }

    /** The number that the pod carries; null while it waits. */
    static @Nullable String port(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of())
                .get(PORT);
    }

    private static boolean carriesPorts(Pod pod) {
        return pod.getMetadata().getAnnotations() != null
                && pod.getMetadata().getAnnotations().containsKey("portclaim.io/ports");
    }

    @Override
    public synchronized void eventReceived(Action action, Pod pod) {
        String uid = pod.getMetadata().getUid();
        if (action == Action.DELETED) {
            live.remove(uid);
            return;
        }
        live.put(uid, pod);
        String name = pod.getMetadata().getName() + " (" + uid + ")";
        String port = port(pod);
        String before = ports.get(uid);
        if (before != null && !before.equals(port)) {
            faults.add("%s had %s and has %s".formatted(name, before, port));
        }
        if (port != null) {
            ports.put(uid, port);
        }
        if (pod.getSpec().getNodeName() == null) {
            return;
        }
        if (!carriesPorts(pod)) {
            faults.add("%s is on node %s without a port"
                    .formatted(name, pod.getSpec().getNodeName()));
        }
        if (pod.getMetadata().getDeletionTimestamp() == null && hasFailed(pod)) {
            faults.add("%s: its container ended: %s".formatted(name, pod.getStatus()));
        }
        List<Pod> here = live.values().stream()
                .filter(other ->
                        pod.getSpec().getNodeName().equals(other.getSpec().getNodeName()))
                .toList();
        here.stream()
                .filter(other -> !other.getMetadata().getUid().equals(uid))
                .filter(other -> port != null && port.equals(port(other)))
                .forEach(other -> faults.add("%s and %s both have %s on node %s"
                        .formatted(
                                name,
                                other.getMetadata().getName(),
                                port,
                                pod.getSpec().getNodeName())));
        here.stream()
                .filter(Pods::isReady)
                .collect(Collectors.groupingBy(
                        other -> other.getMetadata().getLabels().get("app"), Collectors.counting()))
                .forEach((app, count) -> most.merge(app, count, Math::max));
    }

    private static boolean hasFailed(Pod pod) {
        return pod.getStatus().getContainerStatuses().stream()
                .anyMatch(container -> container.getRestartCount() > 0 || hasFailed(container.getState()));
    }

    private static boolean hasFailed(@Nullable ContainerState state) {
        return state != null
                && state.getTerminated() != null
                && state.getTerminated().getExitCode() != 0;
    }

    @Override
    public synchronized void onClose(WatcherException cause) {
        faults.add("the watch ended: " + cause);
    }

    /** What must not have been seen. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** How many pods have got ports. */
    synchronized int served() {
        return ports.size();
    }

    /** The most pods of an application that were ready on one node at once. */
    synchronized long mostOnOneNode(String app) {
        return most.getOrDefault(app, 0L);
    }

    @Override
    public void close() {
        watch.close();
    }
}
