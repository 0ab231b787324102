package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.node.WaitingPods;
import io.portclaim.operator.node.WaitingPods.WaitingPod;
import io.portclaim.operator.protocol.Background;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes an annotation of pods that wait for a ConfigMap once it is written, so that their kubelets retry at once and not
 * after about 10 s. A pod whose annotation can't be changed starts all the same, later. Thread-safe.
 */
final class PodTouches {
    /** When the ports that the pod waited for were published. No selector can read it, and nobody else needs it. */
    static final String ANNOTATION = "portclaim.io/ports-published-at";

    private static final Logger LOG = LoggerFactory.getLogger(PodTouches.class);

    private final Requests requests;
    private final WaitingPods waiting;
    private final Background background;
    private final InstantSource clock;

    /** Sends its requests in the {@code background}, where nobody waits for their answers. */
    PodTouches(Requests requests, WaitingPods waiting, Background background, InstantSource clock) {
        this.requests = requests;
        this.waiting = waiting;
        this.background = background;
        this.clock = clock;
    }

    /** The ConfigMap of this name was written. */
    void written(ClaimKey map) {
        Collection<WaitingPod> pods = waiting.of(map);
        if (!pods.isEmpty()) {
            background.run(map.namespace(), () -> pods.forEach(this::touch));
        }
    }

    private void touch(WaitingPod pod) {
        // With the UID: a pod that was made again under its name is refused.
        Map<String, Object> patch = Map.of(
                "metadata",
                Map.of(
                        "uid",
                        pod.uid(),
                        "annotations",
                        Map.of(ANNOTATION, clock.instant().toString())));
        try {
            Requests.Answer answer = requests.send("PATCH", path(pod), "application/merge-patch+json", patch);
            if (answer.isSuccess()) {
                LOG.debug("Pod {}/{}: its annotation makes its kubelet retry at once", pod.namespace(), pod.name());
            } else if (answer.code() != 404 && answer.code() != 409) {
                failed(pod, answer.message());
            }
        } catch (IOException e) {
            failed(pod, String.valueOf(e.getMessage()));
        }
    }

    private static void failed(WaitingPod pod, String why) {
        LOG.warn(
                "Pod {}/{}: its annotation {} can't be changed, so its kubelet may start it up to 10 s later: {}",
                pod.namespace(),
                pod.name(),
                ANNOTATION,
                why);
    }

    private static String path(WaitingPod pod) {
        return "/api/v1/namespaces/%s/pods/%s".formatted(pod.namespace(), pod.name());
    }
}
