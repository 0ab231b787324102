package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PodEnd;
import io.portclaim.operator.allocation.PodPorts;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Slot;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to a pod, and what follows for its ports. A node and an end never go back, so what is seen late is as good as what
 * is seen at once. Thread-safe.
 */
final class PodLife {
    private static final Logger LOG = LoggerFactory.getLogger(PodLife.class);

    private final PodTracker tracker;
    private final PodPorts ports;
    private final PortIndex.Cooldowns cooldowns;
    private final StrayPods strays;
    private final Consumer<ClaimKey> changed;
    private final Predicate<String> guarded;

    /**
     * Calls {@code changed} with the claim of each pod of which something has changed.
     *
     * @param guarded whether policies let nobody but an operator write ports on pods with the label in a namespace
     */
    PodLife(
            PodTracker tracker,
            PodPorts ports,
            PortIndex.Cooldowns cooldowns,
            StrayPods strays,
            Consumer<ClaimKey> changed,
            Predicate<String> guarded) {
        this.tracker = tracker;
        this.ports = ports;
        this.cooldowns = cooldowns;
        this.strays = strays;
        this.changed = changed;
        this.guarded = guarded;
    }

    /**
     * Records a pod as it is now.
     *
     * @return whether ports may have become free for others
     */
    boolean seen(ClaimPod pod) {
        changed.accept(pod.claimKey());
        Optional<ClaimAllocation> held = ports.of(pod.uid());
        if (pod.isOver()) {
            return release(pod, true);
        }
        if (pod.carriesPorts()) {
            if (held.isEmpty() && !isGuarded(pod)) {
                // Whoever may create a pod could keep every port from everybody.
                return false;
            }
            if (held.isEmpty()) {
                LOG.warn(
                        "{}: carries ports that nobody has assigned; they are kept from others, and another holder may have them too",
                        pod);
                strays.keep(pod);
                return false;
            }
            ports.settle(pod.uid());
            return pod.node() != null && narrow(pod, pod.node());
        }
        if (pod.gate() == ClaimPod.Gate.GONE && held.isPresent()) {
            LOG.warn("{}: somebody has removed its gate, so it can't get ports any more; delete it", pod);
            ports.release(pod.uid(), new PodEnd.NeverRan(), cooldowns);
            return true;
        }
        return false;
    }

    /** Whether nobody but an operator can have written what the pod carries. */
    boolean isGuarded(ClaimPod pod) {
        return !pod.claim().isEmpty() && guarded.test(pod.namespace());
    }

    private boolean narrow(ClaimPod pod, String node) {
        Optional<Slot> obstacle = ports.narrow(pod.uid(), node);
        obstacle.ifPresent(slot -> {
            LOG.error("{}: is on node {}, where somebody else holds {}; one of them has to go", pod, node, slot);
            strays.keep(pod);
        });
        return obstacle.isEmpty();
    }

    /**
     * Records that a pod is gone.
     *
     * @param last the pod as it was last known
     * @param isLastState whether that is the state in which it went
     * @return whether ports may have become free for others
     */
    boolean gone(ClaimPod last, boolean isLastState) {
        tracker.gone(last.uid());
        changed.accept(last.claimKey());
        return release(last, isLastState);
    }

    private boolean release(ClaimPod pod, boolean isLastState) {
        strays.forget(pod.uid());
        if (ports.of(pod.uid()).isEmpty()) {
            return false;
        }
        if (pod.node() != null && pod.carriesPorts()) {
            // Where it was: what it held on every node it held there.
            ports.narrow(pod.uid(), pod.node());
        }
        PodEnd end = pod.end(isLastState);
        LOG.info("{}: is over, its ports are released", pod);
        ports.release(pod.uid(), end, cooldowns);
        return true;
    }
}
