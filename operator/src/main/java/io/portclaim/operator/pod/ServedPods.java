package io.portclaim.operator.pod;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.WarningEvent;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodObserver;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Counts what becomes of pods, and records Warning events of those that wait, of a few pods of each claim: a thousand that wait for
 * the same need not say it a thousand times. Thread-safe.
 */
final class ServedPods implements PodObserver {
    private static final int EVENTS_OF_CLAIM = 10;
    private static final Duration WINDOW = Duration.ofMinutes(5);

    private final OperatorMetrics metrics;
    private final KubernetesClient client;
    private final Clock clock;
    private final Consumer<String> poolUsed;
    private final Map<ClaimKey, Window> windows = new HashMap<>();

    private record Window(Instant since, int events) {}

    /** Calls {@code poolUsed} with each pool whose use has changed. */
    ServedPods(OperatorMetrics metrics, KubernetesClient client, Clock clock, Consumer<String> poolUsed) {
        this.poolUsed = poolUsed;
        this.metrics = metrics;
        this.client = client;
        this.clock = clock;
    }

    @Override
    public void served(ClaimPod pod, String pool) {
        poolUsed.accept(pool);
        metrics.podServed(Duration.between(pod.created(), clock.instant()));
    }

    @Override
    public void refused(ClaimPod pod, Refusal refusal) {
        if (isWithinWindow(pod.claimKey())) {
            ObjectReference about = new ObjectReferenceBuilder()
                    .withApiVersion("v1")
                    .withKind("Pod")
                    .withNamespace(pod.namespace())
                    .withName(pod.name())
                    .withUid(pod.uid())
                    .build();
            new WarningEvent(about, refusal.reason().text(), refusal.message()).write(client, clock.instant());
        }
    }

    private synchronized boolean isWithinWindow(ClaimKey claim) {
        Instant now = clock.instant();
        windows.values().removeIf(window -> window.since.plus(WINDOW).isBefore(now));
        Window window = windows.getOrDefault(claim, new Window(now, 0));
        windows.put(claim, new Window(window.since, window.events + 1));
        return window.events < EVENTS_OF_CLAIM;
    }

    @Override
    public void failed() {
        metrics.podFailed();
    }
}
