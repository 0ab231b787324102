package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pods that have a node and have not started, by the ConfigMaps that they can't start without. Thread-safe.
 *
 * <p>Where one of these is missing, the kubelet retries after about 10 s (pkg/kubelet/kubelet.go, backOffPeriod), or as soon as the
 * pod changes.
 */
public final class WaitingPods {
    private final Map<String, Set<ClaimKey>> byPod = new HashMap<>();
    private final Map<ClaimKey, Map<String, WaitingPod>> byMap = new HashMap<>();

    /** One of them. */
    public record WaitingPod(String namespace, String name, String uid) {}

    /** Records a pod as it is now; {@code required} are the ConfigMaps that it can't start without. */
    synchronized void seen(Pod pod, Set<ClaimKey> required) {
        String uid = pod.getMetadata().getUid();
        forget(uid);
        if (!waits(pod) || required.isEmpty() || required.size() > Readers.MOST_MAPS) {
            return;
        }
        byPod.put(uid, required);
        WaitingPod waiting = new WaitingPod(
                pod.getMetadata().getNamespace(), pod.getMetadata().getName(), uid);
        required.forEach(
                map -> byMap.computeIfAbsent(map, key -> new LinkedHashMap<>()).put(uid, waiting));
    }

    private static boolean waits(Pod pod) {
        return pod.getStatus() != null
                && "Pending".equals(pod.getStatus().getPhase())
                && Pods.isScheduled(pod)
                && pod.getMetadata().getDeletionTimestamp() == null;
    }

    /** Forgets the pod with this UID. */
    synchronized void forget(String uid) {
        byPod.getOrDefault(uid, Set.of())
                .forEach(map -> byMap.computeIfPresent(map, (key, pods) -> {
                    pods.remove(uid);
                    return pods.isEmpty() ? null : pods;
                }));
        byPod.remove(uid);
    }

    /** The pods that can't start without {@code map}, in the order in which they were seen. */
    public synchronized Collection<WaitingPod> of(ClaimKey map) {
        return List.copyOf(byMap.getOrDefault(map, Map.of()).values());
    }
}
