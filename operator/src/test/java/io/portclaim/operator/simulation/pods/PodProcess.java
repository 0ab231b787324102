package io.portclaim.operator.simulation.pods;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.pod.PodAdmission;
import io.portclaim.operator.pod.PodObjects;
import io.portclaim.operator.pod.PodWatch;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodApi;
import io.portclaim.operator.protocol.pods.PodObserver;
import io.portclaim.operator.protocol.pods.PodService;
import io.portclaim.operator.simulation.FaultyCalls;
import io.portclaim.operator.simulation.PodSide;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** What one operator does for pods: the production code, with a watch that lags and may drop. */
final class PodProcess implements PodSide {
    private final StoredPods pods;
    private final Random random;
    private final Watches watches;
    private final PortIndex portIndex;
    private final FaultyCalls calls;
    private final PodService service;
    private final PodWatch watch;
    /** What the watch has, by name. */
    private final Map<String, Pod> cache = new HashMap<>();
    /** How many events the watch has brought. */
    private int heard;

    /**
     * How its watch is.
     *
     * @param lag how late at most it is
     * @param drops once in how many events it drops, and is listed again
     */
    record Watches(Duration lag, int drops) {}

    PodProcess(StoredPods pods, Random random, Watches watches, Parts parts) {
        this.pods = pods;
        this.random = random;
        this.watches = watches;
        this.portIndex = parts.portIndex();
        this.calls = parts.calls();
        this.service = new PodService(
                new PodService.Surroundings(
                        new Api(),
                        parts.portIndex(),
                        parts.pools(),
                        parts.foreign(),
                        new PodAdmission(
                                parts.claims(),
                                parts.admission(),
                                parts.pools(),
                                parts.view().nodes()),
                        parts.commit(),
                        parts.background(),
                        new Nobody(),
                        claim -> {},
                        namespace -> true),
                parts.gate());
        this.watch = new PodWatch(service);
        relist();
    }

    /** Who holds what. */
    PortIndex portIndex() {
        return portIndex;
    }

    @Override
    public PodsAtTakeOver takeOver() {
        return service;
    }

    @Override
    public boolean hasNews() {
        return heard < pods.events().size();
    }

    @Override
    public long overdueAt() {
        return pods.events().get(heard).at() + watches.lag().toNanos();
    }

    @Override
    public void hear() {
        if (random.nextInt(watches.drops()) == 0) {
            relist();
            return;
        }
        StoredPods.Event event = pods.events().get(heard++);
        if (event.isDeletion()) {
            cache.remove(StoredPods.name(event.pod()));
            watch.onDelete(event.pod(), false);
        } else {
            isThere(event.pod());
        }
    }

    private void isThere(Pod pod) {
        Pod before = cache.put(StoredPods.name(pod), pod);
        if (before == null) {
            watch.onAdd(pod);
        } else {
            watch.onUpdate(before, pod);
        }
    }

    /** The watch is listed again: what happened meanwhile is seen only by what is left of it. */
    void relist() {
        heard = pods.events().size();
        pods.all().forEach(pod -> {
            if (!pod.equals(cache.get(StoredPods.name(pod)))) {
                isThere(pod);
            }
        });
        for (Pod pod : Map.copyOf(cache).values().stream()
                .sorted((one, other) -> StoredPods.name(one).compareTo(StoredPods.name(other)))
                .toList()) {
            if (pods.named(StoredPods.name(pod)).isEmpty()) {
                cache.remove(StoredPods.name(pod));
                watch.onDelete(pod, true);
            }
        }
    }

    @Override
    public void slotsMayBeFree() {
        service.slotsMayBeFree();
    }

    @Override
    public void claimChanged(ClaimKey claim) {
        service.claimChanged(claim);
    }

    @Override
    public void sweep() {
        service.sweep((namespace, name, uid) ->
                cache.containsKey(name) && StoredPods.uid(cache.get(name)).equals(uid));
    }

    private final class Api implements PodApi {
        @Override
        public Optional<ClaimPod> read(String namespace, String name) {
            return calls.read("read of pod " + name, () -> pods.named(name).map(PodObjects::read));
        }

        @Override
        public void list(Consumer<ClaimPod> visitor) throws IOException {
            for (Pod pod : calls.listed("list of pods", pods::all)) {
                calls.pause();
                visitor.accept(PodObjects.read(pod));
            }
        }

        @Override
        public Answer publish(ClaimPod pod, Ports ports) {
            JsonNode patch = PodObjects.patch(pod, ports);
            try {
                return calls.call("patch of " + pod.uid(), () -> patched(pod, patch));
            } catch (FaultyCalls.ServerError e) {
                return random.nextBoolean() ? new Answer.Failed("HTTP 500") : new Answer.Moved("HTTP 409");
            }
        }

        private Answer patched(ClaimPod pod, JsonNode patch) {
            try {
                return new Answer.Published(PodObjects.read(pods.patch(calls.who(), pod, patch)));
            } catch (PatchedPod.Refused e) {
                return new Answer.Moved(String.valueOf(e.getMessage()));
            }
        }
    }

    /** Nobody measures. */
    private static final class Nobody implements PodObserver {
        @Override
        public void served(ClaimPod pod, String pool) {}

        @Override
        public void refused(ClaimPod pod, Refusal refusal) {}

        @Override
        public void failed() {}
    }
}
