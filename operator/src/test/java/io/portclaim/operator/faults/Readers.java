package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMapEnvSource;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which numbers each live pod may have read. A pod that reads a ConfigMap knows, of its own node, all that this named when
 * the pod was created and all that it named later, under whatever claim, for as long as the pod lives.
 *
 * <p>What was named when a pod was created is known by etcd's revisions, so no clock counts. A kubelet's cache may lag for a
 * minute, so the operator holds pods that were created within 60 s after for readers too. Both ends of that minute are the
 * API server's time: a pod's creationTimestamp, and the Date of its answer to who changed the ConfigMap. The operators'
 * clock, which the tests shift by minutes, is in neither. The API server is on this machine, so that this JVM's own time of
 * seeing a change is its time, a little late.
 */
final class Readers {
    /** The kubelet's minute, and what is between the answer to an operator and the watch of a busy test. */
    private static final Duration LAG = Duration.ofSeconds(60 + 15);

    /** A number that a ConfigMap named from a revision until another. */
    private static final class Period {
        final Grant.Slot slot;
        final String claim;
        final long sinceNanos;
        long until = Long.MAX_VALUE;
        Instant ended = Instant.MAX;

        Period(Grant.Slot slot, String claim, long sinceNanos) {
            this.slot = slot;
            this.claim = claim;
            this.sinceNanos = sinceNanos;
        }

        boolean isOpen() {
            return until == Long.MAX_VALUE;
        }

        void end(ClusterHistory.Entry entry) {
            until = entry.revision();
            ended = entry.seen();
        }
    }

    private record Reader(String name, String node, List<String> maps, long revision, Instant created, long nanos) {
        boolean knows(Period period) {
            return period.until > revision && isHere(period);
        }

        boolean mayKnow(Period period) {
            return (period.isOpen() || period.ended.plus(LAG).isAfter(created)) && isHere(period);
        }

        private boolean isHere(Period period) {
            return period.slot.place().equals(node) || period.slot.place().equals(Grant.EVERYWHERE);
        }

        Grant.Slot here(Period period) {
            return new Grant.Slot(node, period.slot.protocol(), period.slot.port());
        }
    }

    private final Map<String, List<Period>> periods = new HashMap<>();
    private final Map<String, Reader> live = new HashMap<>();

    /** Records what a ConfigMap names from now on. */
    void note(ClusterHistory.Entry entry, NamingMaps.Change change) {
        boolean sameClaim = change.claim().equals(change.claimBefore());
        List<Period> ofMap = periods.computeIfAbsent(change.name(), key -> new ArrayList<>());
        ofMap.stream()
                .filter(Period::isOpen)
                .filter(period -> change.before().contains(period.slot) && period.claim.equals(change.claimBefore()))
                .filter(period -> !sameClaim || !change.now().contains(period.slot))
                .forEach(period -> period.end(entry));
        change.now().stream()
                .filter(slot -> !sameClaim || !change.before().contains(slot))
                .forEach(slot -> ofMap.add(new Period(slot, change.claim(), entry.nanos())));
    }

    /** Records a version of a pod. */
    void note(ClusterHistory.Entry entry, Pod pod) {
        String uid = pod.getMetadata().getUid();
        String node = pod.getSpec().getNodeName();
        if (entry.deleted() || Surroundings.hasEnded(pod)) {
            live.remove(uid);
        } else if (node != null) {
            String namespace = pod.getMetadata().getNamespace();
            live.putIfAbsent(
                    uid,
                    new Reader(
                            namespace + "/" + pod.getMetadata().getName(),
                            node,
                            mapsOf(pod).map(map -> namespace + "/" + map).toList(),
                            entry.revision(),
                            Instant.parse(pod.getMetadata().getCreationTimestamp()),
                            entry.nanos()));
        }
    }

    /** The ConfigMaps that a pod reads, whichever way. */
    private static Stream<String> mapsOf(Pod pod) {
        Stream<ConfigMapVolumeSource> volumes =
                pod.getSpec().getVolumes().stream().map(volume -> volume.getConfigMap());
        Stream<String> projected = pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getProjected() != null)
                .flatMap(volume -> volume.getProjected().getSources().stream())
                .filter(source -> source.getConfigMap() != null)
                .map(source -> source.getConfigMap().getName());
        List<Container> containers = Stream.concat(
                        pod.getSpec().getContainers().stream(), pod.getSpec().getInitContainers().stream())
                .toList();
        Stream<String> environments = containers.stream()
                .flatMap(container -> container.getEnvFrom().stream())
                .map(source -> source.getConfigMapRef())
                .filter(Objects::nonNull)
                .map(ConfigMapEnvSource::getName);
        Stream<String> variables = containers.stream()
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> variable.getValueFrom() != null
                        && variable.getValueFrom().getConfigMapKeyRef() != null)
                .map(variable -> variable.getValueFrom().getConfigMapKeyRef().getName());
        return Stream.of(
                        volumes.filter(Objects::nonNull).map(ConfigMapVolumeSource::getName),
                        projected,
                        environments,
                        variables)
                .flatMap(names -> names)
                .distinct();
    }

    /**
     * A live pod that may know {@code slot} as a number of another claim than {@code claim}, and has known it since before
     * {@code nanos}: a pod that came later may have come at the same moment as the decision.
     */
    Optional<String> other(Grant.Slot slot, String claim, long nanos) {
        for (Reader reader : live.values()) {
            Predicate<Period> isMet = period -> reader.knows(period)
                    && !period.claim.equals(claim)
                    && Math.max(period.sinceNanos, reader.nanos) < nanos
                    && Surroundings.meets(
                            reader.here(period), slot.place(), new Grant(slot.protocol(), slot.port(), slot.port()));
            Optional<Period> known = periodsOf(reader).filter(isMet).findFirst();
            if (known.isPresent()) {
                return Optional.of("Pod %s on %s, which has read it of %s in one of %s since %s"
                        .formatted(
                                reader.name,
                                reader.node,
                                known.get().claim,
                                reader.maps,
                                Duration.ofNanos(Math.max(known.get().sinceNanos, reader.nanos))));
            }
        }
        return Optional.empty();
    }

    private Stream<Period> periodsOf(Reader reader) {
        return reader.maps.stream().flatMap(map -> periods.getOrDefault(map, List.of()).stream());
    }

    /** All that may not be given to anyone else by what ConfigMaps say and pods may have read, at its widest. */
    Set<Grant.Slot> readable() {
        Set<Grant.Slot> slots = new HashSet<>();
        periods.values().forEach(ofMap -> ofMap.stream().filter(Period::isOpen).forEach(open -> slots.add(open.slot)));
        live.values()
                .forEach(reader ->
                        periodsOf(reader).filter(reader::mayKnow).forEach(period -> slots.add(reader.here(period))));
        return slots;
    }

    /** Every slot that a ConfigMap of this name has ever named. */
    Set<Grant.Slot> everNamed(String namespace, String configMap) {
        return periods.getOrDefault(namespace + "/" + configMap, List.of()).stream()
                .map(period -> period.slot)
                .collect(Collectors.toSet());
    }
}
