package io.portclaim.operator.protocol.pods;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.PodDecision;
import io.portclaim.operator.allocation.PodPorts;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.LeadershipBarrier;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod's way, top to bottom: it is admitted, ports are decided and held for it, the decision is committed, and published by one
 * patch that removes its gate. The gate can be removed once, so a pod's ports are published once, by whoever comes first.
 * Thread-safe, for one thread at a time of each pod.
 */
final class PodServer {
    private static final Logger LOG = LoggerFactory.getLogger(PodServer.class);

    private final PodTracker tracker;
    private final PodPorts ports;
    private final PodAdmitter admitter;
    private final LeadershipBarrier commit;
    private final PodApi api;
    private final PodObserver observer;
    /** The nodes that each pod leaves out: fixed with the decision, and never computed again. */
    private final Map<String, SortedSet<String>> leftOut = new ConcurrentHashMap<>();

    PodServer(
            PodTracker tracker,
            PodPorts ports,
            PodAdmitter admitter,
            LeadershipBarrier commit,
            PodApi api,
            PodObserver observer) {
        this.tracker = tracker;
        this.ports = ports;
        this.admitter = admitter;
        this.commit = commit;
        this.api = api;
        this.observer = observer;
    }

    /** What became of serving a pod. */
    enum Outcome {
        /** It carries ports now; its answer was seen. */
        SERVED,
        /** It waits until something changes. */
        WAITS,
        /** It must be read, because it is not what it was. */
        MOVED,
        /** It is to be tried again after a pause. */
        AGAIN,
        /** Nothing is to be done for it. */
        DONE
    }

    /**
     * Serves the pod, if it waits.
     *
     * @param seen is called with the pod as it is after the patch
     */
    Outcome serve(String uid, Consumer<ClaimPod> seen) {
        ClaimPod pod = tracker.get(uid).orElse(null);
        if (pod == null || !pod.isWaiting()) {
            leftOut.remove(uid);
            return Outcome.DONE;
        }
        if (ports.of(uid).isEmpty()) {
            leftOut.remove(uid);
            Optional<Refusal> refusal = decide(pod);
            if (refusal.isPresent()) {
                refuse(pod, refusal.get());
                return Outcome.WAITS;
            }
        }
        ClaimAllocation held = ports.of(uid).orElse(null);
        if (held == null) {
            return Outcome.DONE;
        }
        Optional<SortedSet<String>> nodes = nodesToLeaveOut(pod, held);
        if (nodes.isEmpty()) {
            refuse(
                    pod,
                    new Refusal(
                            Reason.PODS_WAITING,
                            "the pod's ports were decided before the operator restarted, and may be in use on a node that is not known; the pod is served when they have cooled"));
            return Outcome.AGAIN;
        }
        commit.await();
        return publish(pod, held, nodes.get(), seen);
    }

    private Optional<Refusal> decide(ClaimPod pod) {
        tracker.deciding(pod);
        PodAdmitter.Admitted admitted = admitter.admit(pod);
        if (admitted instanceof PodAdmitter.Admitted.Refused refused) {
            return Optional.of(refused.refusal());
        }
        PodDecision decision = ports.decide(((PodAdmitter.Admitted.Request) admitted).request());
        if (decision instanceof PodDecision.Refused refused) {
            return Optional.of(refused.refusal());
        }
        leftOut.put(pod.uid(), ((PodDecision.Granted) decision).leftOut());
        tracker.decided(pod.uid());
        return Optional.empty();
    }

    private void refuse(ClaimPod pod, Refusal refusal) {
        if (tracker.refused(pod, refusal)) {
            LOG.info("{}: waits for ports: {}: {}", pod, refusal.reason(), refusal.message());
            observer.refused(pod, refusal);
        }
    }

    /** Of an earlier leader's decision they are computed once, when it may be published. */
    private Optional<SortedSet<String>> nodesToLeaveOut(ClaimPod pod, ClaimAllocation held) {
        SortedSet<String> known = leftOut.get(pod.uid());
        if (known != null) {
            return Optional.of(known);
        }
        Optional<SortedSet<String>> computed = ports.leftOut(pod.uid(), admitter.candidates(pod, held.pool()));
        computed.ifPresent(nodes -> leftOut.put(pod.uid(), nodes));
        return computed;
    }

    private Outcome publish(ClaimPod pod, ClaimAllocation held, SortedSet<String> nodes, Consumer<ClaimPod> seen) {
        List<PortGrant> grants =
                held.current().byPlace().values().stream().flatMap(List::stream).toList();
        PodApi.Answer answer = api.publish(pod, new PodApi.Ports(held.pool(), grants, nodes));
        if (answer instanceof PodApi.Answer.Published published) {
            LOG.info(
                    "{}: {}{}",
                    pod,
                    grants.stream()
                            .map(grant -> grant.name() + "=" + grant.range())
                            .collect(Collectors.joining(", ")),
                    nodes.isEmpty() ? "" : ", not on %d nodes".formatted(nodes.size()));
            seen.accept(published.pod());
            tracker.served(pod.uid());
            leftOut.remove(pod.uid());
            observer.served(pod, held.pool());
            return Outcome.SERVED;
        }
        if (answer instanceof PodApi.Answer.Failed failed) {
            LOG.warn("{}: its ports can't be published now, trying again: {}", pod, failed.why());
            return Outcome.AGAIN;
        }
        LOG.info("{}: its ports are not published, it is read again: {}", pod, ((PodApi.Answer.Moved) answer).why());
        return Outcome.MOVED;
    }
}
