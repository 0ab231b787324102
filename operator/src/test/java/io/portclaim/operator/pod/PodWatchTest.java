package io.portclaim.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.protocol.Background;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodAdmitter;
import io.portclaim.operator.protocol.pods.PodApi;
import io.portclaim.operator.protocol.pods.PodObserver;
import io.portclaim.operator.protocol.pods.PodService;
import io.portclaim.operator.threads.SystemTime;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What a watch says of a pod's end. Ports that nobody assigned count as declared, which shows whether the pod is still known. */
class PodWatchTest {
    private static final Pod POD = Serialization.unmarshal("""
            metadata:
              {name: x, namespace: ns, uid: u, resourceVersion: "7", creationTimestamp: "2026-11-23T09:30:00Z",
               labels: {portclaim.io/claim: web},
               annotations: {portclaim.io/ports: '[{"name":"http","protocol":"TCP","port":100}]'}}
            spec: {nodeName: a}
            """, Pod.class);

    private final ForeignPorts foreign = new ForeignPorts();
    private final LivePod live = new LivePod();
    private final PodWatch watch = new PodWatch(service());

    private PodService service() {
        ServingGate gate = new ServingGate(new SystemTime());
        gate.open();
        return new PodService(
                new PodService.Surroundings(
                        live,
                        new PortIndex(
                                new SetClock(), foreign, new Listeners(foreign, new SetClock()), new EstimatedSize()),
                        (pool, grant) -> Duration.ZERO,
                        foreign,
                        nothing(PodAdmitter.class),
                        () -> {},
                        new AtOnce(),
                        nothing(PodObserver.class),
                        claim -> {},
                        namespace -> true),
                gate);
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    private static final class LivePod implements PodApi {
        private boolean isThere = true;

        @Override
        public Optional<ClaimPod> read(String namespace, String name) {
            return isThere ? Optional.of(PodReader.read(POD)) : Optional.empty();
        }

        @Override
        public void list(Consumer<ClaimPod> visitor) {}

        @Override
        public Answer publish(ClaimPod pod, Ports ports) {
            throw new UnsupportedOperationException("a pod that carries ports gets none");
        }
    }

    private static final class AtOnce implements Background {
        @Override
        public boolean run(Runnable work) {
            work.run();
            return true;
        }

        @Override
        public void runAfter(Duration pause, Runnable work) {}

        @Override
        public boolean finish(Duration atMost) {
            return true;
        }
    }

    private boolean isKnown() {
        return foreign.isDeclared(new Slot("a", Protocol.TCP, 100));
    }

    @Test
    void anEventOfItsEndIsBelieved() {
        watch.onAdd(POD);
        assertThat(isKnown()).isTrue();
        watch.onDelete(POD, false);
        assertThat(isKnown()).isFalse();
    }

    @Test
    void aListThatHasItNoMoreIsNot() {
        watch.onAdd(POD);
        watch.onDelete(POD, true);
        assertThat(isKnown()).isTrue();
        live.isThere = false;
        watch.onDelete(POD, true);
        assertThat(isKnown()).isFalse();
    }

    /** A list that is older than both may bring back the earlier one. */
    @Test
    void anotherPodOfTheNameIsNoProofOfItsEnd() {
        watch.onAdd(POD);
        Pod other = new PodBuilder(POD)
                .editMetadata()
                .withUid("earlier")
                .endMetadata()
                .build();
        watch.onUpdate(POD, other);
        watch.onDelete(other, false);
        assertThat(isKnown()).isTrue();
    }

    @Test
    void podsOfOthersAreLeftAlone() {
        Pod other = new PodBuilder(POD)
                .editMetadata()
                .withLabels(null)
                .withAnnotations(null)
                .endMetadata()
                .build();
        watch.onAdd(other);
        watch.onDelete(other, false);
        assertThat(isKnown()).isFalse();
    }
}
