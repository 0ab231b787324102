package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Random;

/** End processes, and report it or not. */
final class Kubelets {
    private final Random random;
    private final StoredPods pods;
    private boolean isCalm;

    Kubelets(Random random, StoredPods pods) {
        this.random = random;
        this.pods = pods;
    }

    /** From now on processes end only where they have to. */
    void calm() {
        isCalm = true;
    }

    boolean hasWork() {
        return !concerned().isEmpty();
    }

    void step() {
        List<Pod> concerned = concerned();
        Pod pod = concerned.get(random.nextInt(concerned.size()));
        if (pods.isAlive(pod)) {
            if (StoredPods.isDeleting(pod) || random.nextInt(4) == 0) {
                pods.end(pod);
            }
        } else if (StoredPods.isDeleting(pod) && (isReported(pod) || random.nextInt(4) == 0)) {
            if (pod.getMetadata().getFinalizers().isEmpty()) {
                pods.finish(pod);
            }
        } else {
            pods.reportEnd(pod);
        }
    }

    private List<Pod> concerned() {
        return pods.all().stream().filter(this::concerns).toList();
    }

    private boolean concerns(Pod pod) {
        if (pod.getSpec().getNodeName() == null) {
            return false;
        }
        if (pods.isAlive(pod)) {
            return StoredPods.isDeleting(pod) || !isCalm;
        }
        return !isReported(pod)
                || (StoredPods.isDeleting(pod)
                        && pod.getMetadata().getFinalizers().isEmpty());
    }

    private static boolean isReported(Pod pod) {
        return pod.getStatus() != null && "Succeeded".equals(pod.getStatus().getPhase());
    }
}
