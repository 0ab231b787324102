package io.portclaim.operator.allocation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which claim, or pod, holds what, by UID. Every count and index is kept up to date as claims come and go, so that asking costs the
 * same however many there are. Not thread-safe.
 */
final class AllocationTable {
    private final Map<String, ClaimAllocation> byUid = new LinkedHashMap<>();
    private final Map<String, ClaimAllocation> pending = new LinkedHashMap<>();
    private final Map<ClaimKey, Set<String>> uids = new HashMap<>();
    /** By the ConfigMap that publishes them, where it is named otherwise than ConfigMaps are by default: few are. */
    private final Map<ClaimKey, Set<String>> uidsByNamedMap = new HashMap<>();

    private final Map<String, Integer> claims = new HashMap<>();
    private final Map<PoolOfNamespace, Integer> somewhere = new HashMap<>();
    private final Map<String, ClaimAllocation> pods = new LinkedHashMap<>();
    private final HeldSketch sketch = new HeldSketch();

    private record PoolOfNamespace(String pool, String namespace) {
        static PoolOfNamespace of(ClaimAllocation allocation) {
            return new PoolOfNamespace(allocation.pool(), allocation.key().namespace());
        }
    }

    /** What the claim of this UID holds; null when it holds nothing. */
    @Nullable
    ClaimAllocation get(String uid) {
        return byUid.get(uid);
    }

    /** Records {@code allocation} in the place of what was known of its UID, which it returns; null when there was nothing. */
    @Nullable
    ClaimAllocation put(ClaimAllocation allocation) {
        ClaimAllocation before = remove(allocation.uid());
        byUid.put(allocation.uid(), allocation);
        blocksOf(allocation).forEach(sketch::add);
        uids.merge(allocation.key(), Set.of(allocation.uid()), AllocationTable::union);
        if (!ConfigMapId.isDefault(allocation.key(), allocation.configMapName())) {
            uidsByNamedMap.merge(mapOf(allocation), Set.of(allocation.uid()), AllocationTable::union);
        }
        if (allocation.key().isPod()) {
            pods.put(allocation.uid(), allocation);
            somewhere.merge(PoolOfNamespace.of(allocation), numbersSomewhere(allocation), Integer::sum);
        } else {
            claims.merge(allocation.pool(), 1, Integer::sum);
        }
        if (allocation.pending() != null) {
            pending.put(allocation.uid(), allocation);
        }
        return before;
    }

    /** Forgets the claim of this UID and returns what was known of it; null when there was nothing. */
    @Nullable
    ClaimAllocation remove(String uid) {
        ClaimAllocation known = byUid.remove(uid);
        if (known == null) {
            return null;
        }
        blocksOf(known).forEach(sketch::remove);
        uids.computeIfPresent(known.key(), (key, all) -> without(uid, all));
        uidsByNamedMap.computeIfPresent(mapOf(known), (map, all) -> without(uid, all));
        if (known.key().isPod()) {
            pods.remove(uid);
            somewhere.computeIfPresent(PoolOfNamespace.of(known), (pool, count) -> {
                int rest = count - numbersSomewhere(known);
                return rest == 0 ? null : Integer.valueOf(rest);
            });
        } else {
            claims.computeIfPresent(known.pool(), (pool, count) -> count == 1 ? null : count - 1);
        }
        pending.remove(uid);
        return known;
    }

    /** Immutable, for the set of one UID, as nearly all are, then takes a tenth of the memory. */
    private static Set<String> union(Set<String> some, Set<String> others) {
        return Stream.concat(some.stream(), others.stream()).collect(Collectors.toUnmodifiableSet());
    }

    private static @Nullable Set<String> without(String uid, Set<String> all) {
        Set<String> rest = all.stream().filter(other -> !other.equals(uid)).collect(Collectors.toUnmodifiableSet());
        return rest.isEmpty() ? null : rest;
    }

    private static int numbersSomewhere(ClaimAllocation allocation) {
        return allocation.current().at(Place.SOMEWHERE).stream()
                .mapToInt(PortGrant::count)
                .sum();
    }

    private static Set<HeldBlock> blocksOf(ClaimAllocation allocation) {
        Set<HeldBlock> blocks = new HashSet<>();
        long map = allocation.map();
        // The pool of a pod whose claim is gone is not known to a later leader.
        String pool = allocation.key().isPod() ? "" : allocation.pool();
        Assignment published = whereverHeld(allocation, allocation.published());
        HeldBlock.forEachBlock(allocation.uid(), pool, map, published, blocks::add);
        if (allocation.pending() != null) {
            Assignment pending = whereverHeld(allocation, allocation.pending());
            HeldBlock.forEachBlock(allocation.uid(), pool, map, pending, blocks::add);
        }
        return blocks;
    }

    /**
     * A pod's place becomes known without a commit: a ledger that named places would have a later leader miss a holder at the
     * place of before.
     */
    private static Assignment whereverHeld(ClaimAllocation allocation, Assignment held) {
        if (!allocation.key().isPod() || held.isEmpty()) {
            return held;
        }
        return Assignment.at(
                Place.SOMEWHERE,
                held.byPlace().values().stream().flatMap(List::stream).toList());
    }

    /** Which blocks they hold, published or about to be. */
    HeldSketch sketch() {
        return sketch.copy();
    }

    /** All of them, the first recorded first. */
    List<ClaimAllocation> all() {
        return List.copyOf(byUid.values());
    }

    /** Those with a decision that is not published yet. */
    List<ClaimAllocation> pending() {
        return List.copyOf(pending.values());
    }

    /** The UIDs under which {@code key} holds ports. */
    Set<String> uids(ClaimKey key) {
        return uids.getOrDefault(key, Set.of());
    }

    /** The claims whose ports stand in {@code configMap}, by its namespace and name. */
    List<ClaimAllocation> publishedIn(ClaimKey configMap) {
        Set<String> byDefault = configMap.name().endsWith(ConfigMapId.DEFAULT_SUFFIX)
                ? uids(new ClaimKey(
                        configMap.namespace(),
                        configMap.name().substring(0, configMap.name().length() - ConfigMapId.DEFAULT_SUFFIX.length())))
                : Set.of();
        Set<String> named = uidsByNamedMap.getOrDefault(configMap, Set.of());
        return Stream.of(byDefault, named)
                .flatMap(Set::stream)
                .flatMap(uid -> Stream.ofNullable(byUid.get(uid)))
                .filter(allocation -> allocation.configMapName().equals(configMap.name()))
                .toList();
    }

    private static ClaimKey mapOf(ClaimAllocation allocation) {
        return new ClaimKey(allocation.key().namespace(), allocation.configMapName());
    }

    /** Those of pods, the first recorded first. */
    List<ClaimAllocation> ofPods() {
        return List.copyOf(pods.values());
    }

    /** How many pods hold ports. */
    int pods() {
        return pods.size();
    }

    /** How many numbers of {@code pool} pods hold that have no node yet. */
    int numbersSomewhere(String pool) {
        return somewhere.entrySet().stream()
                .filter(count -> count.getKey().pool.equals(pool))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** The same of the pods of one namespace. */
    int numbersSomewhere(String pool, String namespace) {
        return somewhere.getOrDefault(new PoolOfNamespace(pool, namespace), 0);
    }

    /** How many claims hold ports of {@code pool}. */
    int claims(String pool) {
        return claims.getOrDefault(pool, 0);
    }
}
