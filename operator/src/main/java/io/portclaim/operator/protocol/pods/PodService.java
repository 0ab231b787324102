package io.portclaim.operator.protocol.pods;

import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.PodEnd;
import io.portclaim.operator.allocation.PodPorts;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.protocol.Background;
import io.portclaim.operator.protocol.Backoff;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.NamespaceShares;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import io.portclaim.operator.protocol.ServingGate;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All of the protocol that serves pods, put together: who hears of a pod calls it here. Thread-safe. */
public final class PodService implements PodsAtTakeOver {
    private static final Logger LOG = LoggerFactory.getLogger(PodService.class);

    private final PodTracker tracker = new PodTracker();
    private final PodQueue queue;
    private final Backoff backoff = new Backoff();
    private final AtomicBoolean freed = new AtomicBoolean();
    private final PodApi api;
    private final PodPorts ports;
    private final PortIndex.Cooldowns cooldowns;
    private final ServingGate gate;
    private final Background background;
    private final PodObserver observer;
    private final StrayPods strays;
    private final PodLife life;
    private final PodServer server;

    /**
     * What serving pods needs.
     *
     * @param api pods in the API server
     * @param portIndex who holds what
     * @param cooldowns how long released ports cool
     * @param foreign gets the ports of pods that the index can't hold
     * @param admitter decides which pods are served
     * @param commit makes decisions durable
     * @param background serves pods
     * @param observer is called with what becomes of pods
     * @param changed is called with the claim of each pod of which something has changed
     * @param guarded whether policies let nobody but an operator write ports on pods with the label in a namespace
     */
    public record Surroundings(
            PodApi api,
            PortIndex portIndex,
            PortIndex.Cooldowns cooldowns,
            ForeignPorts foreign,
            PodAdmitter admitter,
            LeadershipBarrier commit,
            Background background,
            PodObserver observer,
            Consumer<ClaimKey> changed,
            Predicate<String> guarded) {}

    /** What a watch of pods has. */
    @FunctionalInterface
    public interface Watched {
        /** Whether it has this pod. */
        boolean has(String namespace, String name, String uid);
    }

    /** Serves pods once {@code gate} is open. */
    public PodService(Surroundings with, ServingGate gate) {
        this.api = with.api();
        this.ports = with.portIndex().pods();
        this.cooldowns = with.cooldowns();
        this.gate = gate;
        this.background = with.background();
        this.queue = new PodQueue(new NamespaceShares(with.background().workers()));
        this.observer = with.observer();
        this.strays = new StrayPods(with.foreign());
        this.life = new PodLife(tracker, ports, cooldowns, strays, with.changed(), with.guarded());
        this.server = new PodServer(tracker, ports, with.admitter(), with.commit(), api, observer);
    }

    /** The pods that are known. */
    public PodTracker tracker() {
        return tracker;
    }

    /** Whether anything is known of the pod of this UID. */
    public boolean knows(String uid) {
        return tracker.get(uid).isPresent();
    }

    /** A watch has the pod as it is now. */
    public void seen(ClaimPod pod) {
        if (tracker.put(pod) && gate.isOpen()) {
            act(pod);
        }
    }

    private void act(ClaimPod pod) {
        if (life.seen(pod)) {
            slotsMayBeFree();
        }
        if (pod.isWaiting()) {
            submit(pod);
        }
    }

    /**
     * The pod is gone.
     *
     * @param last the pod as it was last known
     * @param isLastState whether that is the state in which it went
     */
    public void deleted(ClaimPod last, boolean isLastState) {
        if (!gate.isOpen()) {
            tracker.gone(last.uid());
        } else if (life.gone(last, isLastState)) {
            slotsMayBeFree();
        }
    }

    /** A watch has no pod of this UID any more, and has not seen it go: the quorum is asked. */
    public void missing(String uid) {
        tracker.get(uid).ifPresent(pod -> background.run(() -> forgetIfGone(pod)));
    }

    /** Ports may have become free, or nodes and pools may have changed: pods that wait are tried again. */
    public void slotsMayBeFree() {
        if (gate.isOpen() && !freed.getAndSet(true)) {
            background.run(() -> {
                freed.set(false);
                tracker.nextToTry().forEach(this::submit);
            });
        }
    }

    /** The claim of this name came or changed. */
    public void claimChanged(ClaimKey claim) {
        if (gate.isOpen()) {
            tracker.nextToTry(claim).forEach(this::submit);
        }
    }

    private void submit(ClaimPod pod) {
        if (queue.add(pod.claimKey(), pod.uid())) {
            background.run(this::serveNext);
        }
    }

    private void serveNext() {
        String uid = queue.next().orElse(null);
        if (uid == null) {
            return;
        }
        try {
            serve(uid);
        } finally {
            for (int left = queue.done(uid); left > 0; left--) {
                background.run(this::serveNext);
            }
        }
    }

    private void serve(String uid) {
        try {
            gate.await();
            PodServer.Outcome outcome = server.serve(uid, this::seen);
            switch (outcome) {
                case SERVED -> {
                    backoff.succeeded(uid);
                    // Where one of a claim's pods was served, the next may be.
                    tracker.get(uid).ifPresent(pod -> claimChanged(pod.claimKey()));
                }
                case WAITS, DONE -> backoff.succeeded(uid);
                case MOVED -> readAgain(uid);
                case AGAIN -> again(uid);
            }
        } catch (LeadershipLost e) {
            LOG.debug("Pod with UID {}: not served: {}", uid, e.getMessage());
        } catch (RuntimeException e) {
            observer.failed();
            LOG.warn("{}: not served yet, trying again: {}", name(uid), e.getMessage());
            LOG.debug("{}: the failure", name(uid), e);
            again(uid);
        }
    }

    private Object name(String uid) {
        return tracker.get(uid).<Object>map(pod -> pod).orElse("Pod with UID " + uid);
    }

    private void again(String uid) {
        background.runAfter(
                backoff.failed(uid),
                () -> tracker.get(uid).filter(ClaimPod::isWaiting).ifPresent(this::submit));
    }

    /** A pod that is gone is left to the watch, which has the state in which it went, and to the sweep. */
    private void readAgain(String uid) {
        ClaimPod known = tracker.get(uid).orElse(null);
        if (known == null) {
            return;
        }
        ClaimPod now = api.read(known.namespace(), known.name())
                .filter(pod -> pod.uid().equals(uid))
                .orElse(null);
        if (now != null) {
            seen(now);
            // What a list has left out of it, or somebody has changed, is known now, and the next patch starts from it.
            if (now.isWaiting() && now.placement().equals(known.placement())) {
                again(uid);
            }
        }
    }

    @Override
    public List<FoundPod> list() throws IOException {
        List<ClaimPod> listed = new ArrayList<>();
        api.list(listed::add);
        listed.forEach(tracker::put);
        return listed.stream()
                .filter(pod -> pod.carriesPorts() ? !pod.isOver() : pod.isWaiting())
                .map(this::asFound)
                .toList();
    }

    private FoundPod asFound(ClaimPod pod) {
        ClaimAllocation allocation = new ClaimAllocation(
                pod.uid(), pod.key(), pod.created(), "", pod.key().name(), 0, pod.holds(), null);
        return new FoundPod(pod.claimKey(), allocation, life.isGuarded(pod));
    }

    @Override
    public void restored(List<ClaimAllocation> doubled) {
        doubled.forEach(found -> tracker.get(found.uid()).ifPresent(pod -> {
            LOG.error("{}: carries {}, which somebody else holds too; one of them has to go", pod, pod.carried());
            strays.keep(pod);
        }));
    }

    @Override
    public void begin() {
        tracker.all().forEach(this::act);
        // A watch had them no more while the index was being filled.
        lookUpUnknown();
    }

    private void lookUpUnknown() {
        ports.all().stream()
                .filter(held -> !knows(held.uid()))
                .forEach(held -> background.run(() -> releaseIfGone(held)));
    }

    /**
     * Looks for what no watch has brought.
     *
     * @param watched whether the watch has a pod
     */
    public void sweep(Watched watched) {
        tracker.prune();
        tracker.all().stream()
                .filter(pod -> !watched.has(pod.namespace(), pod.name(), pod.uid()))
                .forEach(pod -> background.run(() -> forgetIfGone(pod)));
        lookUpUnknown();
        slotsMayBeFree();
    }

    private void forgetIfGone(ClaimPod pod) {
        if (isGone(pod.namespace(), pod.name(), pod.uid())) {
            deleted(pod, false);
        }
    }

    private void releaseIfGone(ClaimAllocation held) {
        if (isGone(held.key().namespace(), held.key().objectName(), held.uid())) {
            LOG.info("Pod {}: is gone, its ports are released", held.key());
            ports.release(held.uid(), new PodEnd.Uncertain(PodEnd.DEFAULT_GRACE), cooldowns);
        }
    }

    private boolean isGone(String namespace, String name, String uid) {
        try {
            Optional<ClaimPod> found =
                    api.read(namespace, name).filter(pod -> pod.uid().equals(uid));
            found.ifPresent(this::seen);
            return found.isEmpty();
        } catch (RuntimeException e) {
            LOG.warn("Pod {}/{}: can't be looked up now, trying again later: {}", namespace, name, e.getMessage());
            return false;
        }
    }

    /** How many pods have ports, and how many wait for them. */
    public PodCounts counts() {
        int served = 0;
        int waiting = 0;
        for (ClaimPod pod : tracker.all()) {
            served += pod.carriesPorts() && !pod.isOver() ? 1 : 0;
            waiting += pod.isWaiting() ? 1 : 0;
        }
        return new PodCounts(served, waiting);
    }
}
