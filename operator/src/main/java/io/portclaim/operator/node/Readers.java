package io.portclaim.operator.node;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PodUse;
import io.portclaim.operator.allocation.Release;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which ConfigMaps the live pods read, where, and since when. Thread-safe. */
final class Readers {
    /** A pod that reads more ConfigMaps than this is kept in less memory and looked up in more time. */
    static final int MOST_MAPS = 500;

    private final BiConsumer<ClaimKey, String> changed;
    private final Map<String, Reader> byPod = new HashMap<>();
    private final Map<ClaimKey, Map<String, OnNode>> byMap = new HashMap<>();
    private final Map<Long, ClaimKey> maps = new HashMap<>();
    /** By namespace and UID: what a pod reads is of its own namespace. */
    private final Map<String, Map<String, WideReader>> wideReaders = new HashMap<>();

    private final Map<String, String> wideNamespaces = new HashMap<>();
    private Set<ClaimKey> vanished = Set.of();
    private Set<Long> own = Set.of();

    /**
     * What a pod reads.
     *
     * @param node where it runs; {@link Place#EVERYWHERE} while it has no node
     * @param created when it was created, by the API server's clock
     * @param maps all ConfigMaps that it reads
     * @param required those without which it does not start
     */
    record Reader(String node, Instant created, Set<ClaimKey> maps, Set<ClaimKey> required) {
        Reader {
            maps = Set.copyOf(maps);
            // Mostly the same, and there are many pods.
            required = maps.equals(required) ? maps : Set.copyOf(required);
        }
    }

    /**
     * A pod that reads more ConfigMaps than any serves: one may name tens of thousands, and a tenant may have many such pods.
     *
     * @param maps the {@link ConfigMapId} of each, ascending
     */
    @SuppressWarnings("ArrayRecordComponent") // eight bytes for each, never compared
    private record WideReader(String node, Instant created, long[] maps) {
        static WideReader of(Reader reader) {
            return new WideReader(
                    reader.node(),
                    reader.created(),
                    reader.maps().stream()
                            .mapToLong(map -> ConfigMapId.of(map.namespace(), map.name()))
                            .sorted()
                            .toArray());
        }

        boolean reads(long map) {
            return Arrays.binarySearch(maps, map) >= 0;
        }

        /** Which of its ConfigMaps do not exist any more is not checked. */
        boolean mayKnow(Release release) {
            boolean isUnknown = release.map() == ConfigMapId.UNKNOWN || release.map() == ConfigMapId.ANY;
            return (isUnknown || reads(release.map())) && isBefore(created, release.namedUntil());
        }
    }

    /** How many pods were created when. */
    private static final class OnNode {
        final TreeMap<Instant, Integer> created = new TreeMap<>();
    }

    /** Calls {@code changed} with each ConfigMap that gets its first reader on a node, or loses its last, and the node. */
    Readers(BiConsumer<ClaimKey, String> changed) {
        this.changed = changed;
    }

    /** Records what the pod with this UID reads. */
    synchronized void read(String uid, Reader reader) {
        if (reader.equals(byPod.get(uid))) {
            return;
        }
        forget(uid);
        if (reader.maps().isEmpty()) {
            return;
        }
        if (reader.maps().size() > MOST_MAPS) {
            String namespace = reader.maps().iterator().next().namespace();
            wideNamespaces.put(uid, namespace);
            wideReaders.computeIfAbsent(namespace, key -> new HashMap<>()).put(uid, WideReader.of(reader));
            return;
        }
        byPod.put(uid, reader);
        for (ClaimKey map : reader.maps()) {
            Map<String, OnNode> nodes = byMap.computeIfAbsent(map, key -> {
                maps.put(ConfigMapId.of(key.namespace(), key.name()), key);
                return new HashMap<>();
            });
            OnNode pods = nodes.computeIfAbsent(reader.node(), node -> new OnNode());
            boolean first = pods.created.isEmpty();
            pods.created.merge(reader.created(), 1, Integer::sum);
            if (first) {
                changed.accept(map, reader.node());
            }
        }
    }

    /** Forgets the pod with this UID. */
    synchronized void forget(String uid) {
        @Nullable String namespace = wideNamespaces.remove(uid);
        if (namespace != null) {
            wideReaders.computeIfPresent(
                    namespace, (key, pods) -> pods.remove(uid) != null && pods.isEmpty() ? null : pods);
        }
        Reader reader = byPod.remove(uid);
        if (reader == null) {
            return;
        }
        for (ClaimKey map : reader.maps()) {
            Map<String, OnNode> nodes = byMap.getOrDefault(map, Map.of());
            OnNode pods = nodes.get(reader.node());
            if (pods == null) {
                continue;
            }
            pods.created.computeIfPresent(reader.created(), (at, count) -> count == 1 ? null : count - 1);
            if (pods.created.isEmpty()) {
                nodes.remove(reader.node());
                changed.accept(map, reader.node());
            }
            if (nodes.isEmpty()) {
                byMap.remove(map);
                maps.remove(ConfigMapId.of(map.namespace(), map.name()));
            }
        }
    }

    /** Whether a pod on {@code node} reads {@code map}. */
    synchronized boolean reads(ClaimKey map, String node) {
        long id = ConfigMapId.of(map.namespace(), map.name());
        return byMap.getOrDefault(map, Map.of()).containsKey(node)
                || wideReadersIn(map.namespace()).anyMatch(pod -> pod.node().equals(node) && pod.reads(id));
    }

    /** Whether a pod reads {@code map}, or will once it has a node. */
    synchronized boolean isRead(ClaimKey map) {
        long id = ConfigMapId.of(map.namespace(), map.name());
        return byMap.containsKey(map) || wideReadersIn(map.namespace()).anyMatch(pod -> pod.reads(id));
    }

    private Stream<WideReader> wideReadersIn(String namespace) {
        return wideReaders.getOrDefault(namespace, Map.of()).values().stream();
    }

    /** Of one that says whose it was, those of other namespaces need not be looked at. */
    private Stream<WideReader> wideReadersOf(Release release) {
        return release.key() == null
                ? wideReaders.values().stream().flatMap(pods -> pods.values().stream())
                : wideReadersIn(release.key().namespace());
    }

    /** All ConfigMaps without which some pod does not start. */
    synchronized Set<ClaimKey> required() {
        return byPod.values().stream()
                .flatMap(reader -> reader.required().stream())
                .collect(Collectors.toSet());
    }

    /** Says which ConfigMaps do not exist any more, and which are the operator's. */
    synchronized void suspects(Set<ClaimKey> gone, Set<Long> ofOperator) {
        vanished = Set.copyOf(gone);
        own = Set.copyOf(ofOperator);
    }

    /** Where pods may have read what {@code release} had published, as far as it says where. */
    synchronized Set<String> of(Release release) {
        if (isReadByNobody(release)) {
            return Set.of();
        }
        Set<String> places = new HashSet<>();
        for (ClaimKey map : publishing(release)) {
            byMap.getOrDefault(map, Map.of()).forEach((node, pods) -> {
                if (concerns(release.place(), node) && mayKnow(pods, release.namedUntil())) {
                    places.add(node);
                }
            });
        }
        wideReadersOf(release)
                .filter(pod -> concerns(release.place(), pod.node()) && pod.mayKnow(release))
                .forEach(pod -> places.add(pod.node()));
        return places;
    }

    /** So it is for most: this is asked of each release twice a second. */
    private boolean isReadByNobody(Release release) {
        return wideReaders.isEmpty()
                && release.map() != ConfigMapId.UNKNOWN
                && release.map() != ConfigMapId.ANY
                && !maps.containsKey(release.map());
    }

    private Set<ClaimKey> publishing(Release release) {
        if (release.map() == ConfigMapId.UNKNOWN) {
            return vanished;
        }
        if (release.map() != ConfigMapId.ANY) {
            return Stream.ofNullable(maps.get(release.map())).collect(Collectors.toSet());
        }
        Set<ClaimKey> any = new HashSet<>(vanished);
        own.forEach(map -> Stream.ofNullable(maps.get(map)).forEach(any::add));
        return any;
    }

    private static boolean concerns(String place, String node) {
        return place.equals(Place.SOMEWHERE)
                || Place.isEverywhere(place)
                || Place.isEverywhere(node)
                || place.equals(node);
    }

    private static boolean mayKnow(OnNode pods, @Nullable Instant namedUntil) {
        return isBefore(pods.created.firstKey(), namedUntil);
    }

    private static boolean isBefore(Instant created, @Nullable Instant namedUntil) {
        return namedUntil == null || created.isBefore(namedUntil.plus(PodUse.KUBELET_LAG));
    }
}
