package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PodUse;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.Protocol;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The live pods: which hostPorts they declare on their node, and which ConfigMaps they read. A pod is live until it has
 * ended, also while it is being deleted. Thread-safe.
 */
public final class Pods implements ResourceEventHandler<Pod>, PodUse {
    /** Every pod has it, so that counting its readers would only cost memory. */
    private static final String ROOT_CA = "kube-root-ca.crt";

    private final ForeignPorts foreign;
    private final Consumer<Set<Slot>> declarationsChanged;
    private final BiConsumer<ClaimKey, String> readersChanged;
    private final Map<String, Reader> readers = new HashMap<>();
    private final Map<ClaimKey, Map<String, Integer>> readersByMap = new HashMap<>();

    private record Reader(String node, Set<ClaimKey> maps) {}

    /**
     * Pods whose ports go to {@code foreign}.
     *
     * @param declarationsChanged is told the slots that pods began or ceased to declare
     * @param readersChanged is told each ConfigMap that got its first reader on a node, or lost its last, with the node
     */
    public Pods(
            ForeignPorts foreign,
            Consumer<Set<Slot>> declarationsChanged,
            BiConsumer<ClaimKey, String> readersChanged) {
        this.foreign = foreign;
        this.declarationsChanged = declarationsChanged;
        this.readersChanged = readersChanged;
    }

    @Override
    public void onAdd(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        if ("Succeeded".equals(phase) || "Failed".equals(phase)) {
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
        forgetReader(pod.getMetadata().getUid());
        if (!touched.isEmpty()) {
            declarationsChanged.accept(touched);
        }
    }

    private synchronized void read(Pod pod) {
        String uid = pod.getMetadata().getUid();
        // A pod that has no node yet may start on any.
        String node = isScheduled(pod) ? pod.getSpec().getNodeName() : Place.EVERYWHERE;
        Set<ClaimKey> maps = configMaps(pod.getSpec())
                .filter(name -> name != null && !name.equals(ROOT_CA))
                .map(name -> new ClaimKey(pod.getMetadata().getNamespace(), name))
                .collect(Collectors.toSet());
        Reader reader = new Reader(node, maps);
        if (!reader.equals(readers.get(uid))) {
            forgetReader(uid);
            if (!maps.isEmpty()) {
                readers.put(uid, reader);
                for (ClaimKey map : maps) {
                    if (readersByMap
                                    .computeIfAbsent(map, key -> new HashMap<>())
                                    .merge(node, 1, Integer::sum)
                            == 1) {
                        readersChanged.accept(map, node);
                    }
                }
            }
        }
    }

    private synchronized void forgetReader(String uid) {
        Reader reader = readers.remove(uid);
        if (reader == null) {
            return;
        }
        for (ClaimKey map : reader.maps) {
            readersByMap.computeIfPresent(map, (key, nodes) -> {
                if (nodes.computeIfPresent(reader.node, (node, count) -> count == 1 ? null : count - 1) == null) {
                    readersChanged.accept(map, reader.node);
                }
                return nodes.isEmpty() ? null : nodes;
            });
        }
    }

    @Override
    public boolean stillUses(Release release) {
        return declares(release) || reads(release);
    }

    private boolean declares(Release release) {
        for (Protocol protocol : release.grant().protocols()) {
            for (int port = release.grant().port(); port <= release.grant().lastPort(); port++) {
                if (foreign.isDeclared(new Slot(release.place(), protocol, port))) {
                    return true;
                }
            }
        }
        return false;
    }

    private synchronized boolean reads(Release release) {
        if (release.key() == null) {
            return false;
        }
        Map<String, Integer> nodes =
                readersByMap.getOrDefault(new ClaimKey(release.key().namespace(), release.configMapName()), Map.of());
        return Place.isEverywhere(release.place())
                ? !nodes.isEmpty()
                : nodes.containsKey(release.place()) || nodes.containsKey(Place.EVERYWHERE);
    }

    /** Whether a live pod on {@code node} reads {@code configMap}. */
    public synchronized boolean reads(ClaimKey configMap, String node) {
        return readersByMap.getOrDefault(configMap, Map.of()).containsKey(node);
    }

    private static boolean isScheduled(Pod pod) {
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
                .filter(Nodes::isPort)
                .flatMap(number -> protocol(protocolName).map(protocol -> new Slot(node, protocol, number)));
    }

    /** The protocol of a name in a spec, TCP where it says none. */
    static Stream<Protocol> protocol(@Nullable String name) {
        return Stream.of(Protocol.values())
                .filter(protocol -> protocol.name().equals(Objects.requireNonNullElse(name, "TCP")));
    }

    private static Stream<Container> containers(PodSpec spec) {
        // Init containers too: one that restarts always is a sidecar and runs as long as the pod.
        return Stream.concat(spec.getContainers().stream(), spec.getInitContainers().stream());
    }

    private static Stream<@Nullable String> configMaps(PodSpec spec) {
        Stream<@Nullable String> mounted = spec.getVolumes().stream().flatMap(Pods::configMaps);
        Stream<@Nullable String> environment = containers(spec)
                .flatMap(container -> Stream.concat(
                        container.getEnv().stream().flatMap(Pods::configMaps),
                        container.getEnvFrom().stream().flatMap(Pods::configMaps)));
        // Someone who debugs on the host's network may well use the port; ports of its own such a container can't
        // declare.
        Stream<@Nullable String> debugging = spec.getEphemeralContainers().stream()
                .flatMap(container -> Stream.concat(
                        container.getEnv().stream().flatMap(Pods::configMaps),
                        container.getEnvFrom().stream().flatMap(Pods::configMaps)));
        return Stream.of(mounted, environment, debugging).flatMap(names -> names);
    }

    private static Stream<@Nullable String> configMaps(Volume volume) {
        Set<@Nullable String> names = new HashSet<>();
        if (volume.getConfigMap() != null) {
            names.add(volume.getConfigMap().getName());
        }
        if (volume.getProjected() != null) {
            volume.getProjected().getSources().stream()
                    .filter(source -> source.getConfigMap() != null)
                    .forEach(source -> names.add(source.getConfigMap().getName()));
        }
        return names.stream();
    }

    private static Stream<@Nullable String> configMaps(EnvVar variable) {
        return variable.getValueFrom() == null || variable.getValueFrom().getConfigMapKeyRef() == null
                ? Stream.empty()
                : Stream.of(variable.getValueFrom().getConfigMapKeyRef().getName());
    }

    private static Stream<@Nullable String> configMaps(EnvFromSource source) {
        return source.getConfigMapRef() == null
                ? Stream.empty()
                : Stream.of(source.getConfigMapRef().getName());
    }
}
