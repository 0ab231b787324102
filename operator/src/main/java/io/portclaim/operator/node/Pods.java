package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PodUse;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.protocol.PodView;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The live pods: which hostPorts they declare on their node, and which ConfigMaps they read. A pod is live until it has
 * ended, also while it is being deleted. Thread-safe.
 */
public final class Pods implements ResourceEventHandler<Pod>, PodUse, PodView {
    /** Every pod has it, so that counting its readers would only cost memory. */
    private static final String ROOT_CA = "kube-root-ca.crt";

    private final ForeignPorts foreign;
    private final Consumer<Set<Slot>> declarationsChanged;
    private final Readers readers;
    private final WaitingPods waiting = new WaitingPods();

    /**
     * Pods whose ports go to {@code foreign}.
     *
     * @param declarationsChanged gets the slots that pods began or ceased to declare
     * @param readersChanged gets each ConfigMap that got its first reader on a node, or lost its last, with the node
     */
    public Pods(
            ForeignPorts foreign,
            Consumer<Set<Slot>> declarationsChanged,
            BiConsumer<ClaimKey, String> readersChanged) {
        this.foreign = foreign;
        this.declarationsChanged = declarationsChanged;
        this.readers = new Readers(readersChanged);
    }

    @Override
    public void onAdd(Pod pod) {
        if (hasEnded(pod)) {
            forget(pod);
            return;
        }
        ForeignPorts.Owner owner = new ForeignPorts.Owner(
                "Pod", pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        Set<Slot> touched = foreign.declare(pod.getMetadata().getUid(), owner, declared(pod));
        read(pod);
        if (!touched.isEmpty()) {
            declarationsChanged.accept(touched);
        }
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
        if (!before.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
            forget(before);
        }
        onAdd(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean finalStateUnknown) {
        forget(pod);
    }

    private void forget(Pod pod) {
        Set<Slot> touched = foreign.withdraw(pod.getMetadata().getUid());
        readers.forget(pod.getMetadata().getUid());
        waiting.forget(pod.getMetadata().getUid());
        if (!touched.isEmpty()) {
            declarationsChanged.accept(touched);
        }
    }

    private void read(Pod pod) {
        // A pod that has no node yet may start on any.
        String node = isScheduled(pod) ? pod.getSpec().getNodeName() : Place.EVERYWHERE;
        Set<ClaimKey> maps = new HashSet<>();
        Set<ClaimKey> required = new HashSet<>();
        MapReferences.of(pod.getSpec())
                .filter(reference -> !reference.name().equals(ROOT_CA))
                .forEach(reference -> {
                    ClaimKey map = new ClaimKey(pod.getMetadata().getNamespace(), reference.name());
                    maps.add(map);
                    if (!reference.optional()) {
                        required.add(map);
                    }
                });
        readers.read(pod.getMetadata().getUid(), new Readers.Reader(node, created(pod), maps, required));
        waiting.seen(pod, required);
    }

    /** A pod without a creation time, which no API server makes, may have read anything. */
    private static Instant created(Pod pod) {
        String text = pod.getMetadata().getCreationTimestamp();
        return text == null ? Instant.EPOCH : Instant.parse(text);
    }

    @Override
    public boolean stillUses(Release release) {
        return !readers.of(release).isEmpty()
                || release.assignment()
                        .firstSlot(slot -> !foreign.placesOf(slot).isEmpty())
                        .isPresent();
    }

    @Override
    public Set<String> usedAt(Release release) {
        Set<String> places = new HashSet<>(readers.of(release));
        release.assignment().forEachSlot(slot -> places.addAll(foreign.placesOf(slot)));
        return places;
    }

    /** Those that have not started. */
    public WaitingPods waiting() {
        return waiting;
    }

    /** Whether a live pod on {@code node} reads {@code configMap}. */
    public boolean reads(ClaimKey configMap, String node) {
        return readers.reads(configMap, node);
    }

    @Override
    public boolean isRead(ClaimKey configMap) {
        return readers.isRead(configMap);
    }

    @Override
    public Set<ClaimKey> requiredMaps() {
        return readers.required();
    }

    @Override
    public void suspects(Set<ClaimKey> vanished, Set<Long> ofOperator) {
        readers.suspects(vanished, ofOperator);
    }

    /** Whether the pod has succeeded or failed. */
    public static boolean hasEnded(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    /** Whether the pod has a node. */
    public static boolean isScheduled(Pod pod) {
        String node = pod.getSpec().getNodeName();
        return node != null && !node.isEmpty();
    }

    private static List<Slot> declared(Pod pod) {
        String node = pod.getSpec().getNodeName();
        if (!isScheduled(pod)) {
            return List.of();
        }
        // On the host's network the API server sets hostPort to containerPort; what came past its defaults is no
        // exception.
        boolean hostNetwork = Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
        return containers(pod.getSpec())
                .flatMap(container -> container.getPorts().stream())
                .flatMap(port -> slots(
                        node,
                        port.getProtocol(),
                        hostNetwork && port.getHostPort() == null ? port.getContainerPort() : port.getHostPort()))
                .toList();
    }

    private static Stream<Slot> slots(String node, @Nullable String protocolName, @Nullable Integer port) {
        return Stream.ofNullable(port)
                .filter(PortRange::isPort)
                .flatMap(number ->
                        Protocol.named(protocolName).map(protocol -> new Slot(node, protocol, number)).stream());
    }

    /** The pod's containers, init containers among them. */
    public static Stream<Container> containers(PodSpec spec) {
        // Init containers too: one that restarts always is a sidecar and runs as long as the pod.
        return Stream.concat(spec.getContainers().stream(), spec.getInitContainers().stream());
    }
}
