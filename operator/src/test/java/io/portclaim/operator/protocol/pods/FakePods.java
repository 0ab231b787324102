package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.PortGrant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pods as an API server keeps them, which answers as a test says. */
final class FakePods implements PodApi {
    /** How a patch is answered instead. */
    enum Fault {
        FAILED,
        NO_ANSWER_AND_NOT_DONE,
        NO_ANSWER_BUT_DONE
    }

    final Map<String, ClaimPod> pods = new LinkedHashMap<>();
    final List<String> patches = new ArrayList<>();
    final Queue<Fault> faults = new ArrayDeque<>();
    private long version = 100;

    ClaimPod gated(String name) {
        return put(pod("uid-" + name, name, ClaimPod.Gate.LAST, null, List.of(), false, false));
    }

    ClaimPod put(ClaimPod pod) {
        pods.put(pod.name(), pod);
        return pod;
    }

    ClaimPod pod(
            String uid,
            String name,
            ClaimPod.Gate gate,
            @Nullable String node,
            List<PortGrant> carried,
            boolean isTerminated,
            boolean isDeleting) {
        version++;
        return new ClaimPod(
                uid,
                "ns",
                name,
                "web",
                version,
                Instant.EPOCH.plusSeconds(version),
                gate,
                node,
                null,
                carried,
                Set.of(),
                false,
                isTerminated,
                isDeleting,
                Duration.ofSeconds(30),
                gate == ClaimPod.Gate.GONE ? PodPlacement.ANYWHERE : new PodPlacement(Map.of(), null, true));
    }

    /** The pod with its present ports on a node. */
    ClaimPod bind(String name, String node, boolean isTerminated) {
        ClaimPod now = pods.get(name);
        return put(pod(now.uid(), name, now.gate(), node, now.carried(), isTerminated, false));
    }

    ClaimPod now(String name) {
        return pods.get(name);
    }

    @Override
    public Optional<ClaimPod> read(String namespace, String name) {
        return Optional.ofNullable(pods.get(name));
    }

    @Override
    public void list(Consumer<ClaimPod> visitor) {
        List.copyOf(pods.values()).forEach(visitor);
    }

    @Override
    public Answer publish(ClaimPod pod, Ports ports) {
        patches.add(pod.name() + " " + ports.grants().get(0).port() + " " + ports.leftOut());
        Fault fault = faults.poll();
        if (fault == Fault.FAILED) {
            return new Answer.Failed("busy");
        }
        if (fault == Fault.NO_ANSWER_AND_NOT_DONE) {
            throw new UncheckedIOException(new IOException("timeout"));
        }
        ClaimPod now = pods.get(pod.name());
        if (now == null || !now.uid().equals(pod.uid()) || now.gate() == ClaimPod.Gate.GONE) {
            return new Answer.Moved("the gate is gone");
        }
        ClaimPod published = put(
                pod(now.uid(), now.name(), ClaimPod.Gate.GONE, now.node(), ports.grants(), false, now.isDeleting()));
        if (fault == Fault.NO_ANSWER_BUT_DONE) {
            throw new UncheckedIOException(new IOException("timeout"));
        }
        return new Answer.Published(published);
    }
}
