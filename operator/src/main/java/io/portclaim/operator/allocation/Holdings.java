package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The claims that hold ports, by UID, and what is counted of them. Every count is kept up to date as claims come and go, so
 * that asking costs the same however many there are. Not thread-safe.
 */
final class Holdings {
    private final Map<String, ClaimAllocation> byUid = new LinkedHashMap<>();
    private final Map<String, ClaimAllocation> pending = new LinkedHashMap<>();
    private final Map<ClaimKey, Set<String>> uids = new HashMap<>();
    /** By the ConfigMap that publishes them, where it is named otherwise than ConfigMaps are by default: few are. */
    private final Map<ClaimKey, Set<String>> uidsByNamedMap = new HashMap<>();

    private final Map<String, Integer> claims = new HashMap<>();
    private final Map<Tenant, Integer> numbers = new HashMap<>();
    private final HeldSketch sketch = new HeldSketch();
    private final PendingBudget budget = new PendingBudget();

    /** What a namespace's limit is counted by. */
    private record Tenant(String pool, String namespace) {
        static Tenant of(ClaimAllocation allocation) {
            return new Tenant(allocation.pool(), allocation.key().namespace());
        }
    }

    /** What the claim of this UID holds; null when it holds nothing. */
    @Nullable
    ClaimAllocation get(String uid) {
        return byUid.get(uid);
    }

    /** Records {@code allocation} in the place of what was known of its UID. */
    void put(ClaimAllocation allocation) {
        remove(allocation.uid());
        byUid.put(allocation.uid(), allocation);
        blocksOf(allocation).forEach(sketch::add);
        uids.computeIfAbsent(allocation.key(), key -> new LinkedHashSet<>()).add(allocation.uid());
        if (!ConfigMapId.isDefault(allocation.key(), allocation.configMapName())) {
            uidsByNamedMap
                    .computeIfAbsent(mapOf(allocation), key -> new LinkedHashSet<>())
                    .add(allocation.uid());
        }
        claims.merge(allocation.pool(), 1, Integer::sum);
        numbers.merge(Tenant.of(allocation), allocation.numbers(), Integer::sum);
        if (allocation.pending() != null) {
            pending.put(allocation.uid(), allocation);
            budget.add(allocation);
        }
    }

    /** Forgets the claim of this UID. */
    void remove(String uid) {
        ClaimAllocation known = byUid.remove(uid);
        if (known == null) {
            return;
        }
        blocksOf(known).forEach(sketch::remove);
        uids.computeIfPresent(known.key(), (key, all) -> all.remove(uid) && all.isEmpty() ? null : all);
        uidsByNamedMap.computeIfPresent(mapOf(known), (map, all) -> all.remove(uid) && all.isEmpty() ? null : all);
        claims.computeIfPresent(known.pool(), (pool, count) -> count == 1 ? null : count - 1);
        numbers.computeIfPresent(
                Tenant.of(known), (tenant, count) -> count == known.numbers() ? null : count - known.numbers());
        pending.remove(uid);
        budget.remove(known);
    }

    private static Set<HeldBlock> blocksOf(ClaimAllocation allocation) {
        Set<HeldBlock> blocks = new HashSet<>();
        long map = allocation.map();
        HeldBlock.forEachBlock(allocation.uid(), allocation.pool(), map, allocation.published(), blocks::add);
        if (allocation.pending() != null) {
            HeldBlock.forEachBlock(allocation.uid(), allocation.pool(), map, allocation.pending(), blocks::add);
        }
        return blocks;
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
        return Set.copyOf(uids.getOrDefault(key, Set.of()));
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

    /** How many claims hold ports of {@code pool}. */
    int claims(String pool) {
        return claims.getOrDefault(pool, 0);
    }

    /** How many numbers the claims of {@code namespace} have of {@code pool}. */
    int numbers(String pool, String namespace) {
        return numbers.getOrDefault(new Tenant(pool, namespace), 0);
    }

    /**
     * Why the request asks for more than its namespace may hold; empty where it does not. A limit that was lowered takes
     * nothing away, and is no reason not to ask for less.
     */
    Optional<Refusal> beyondLimit(Request request) {
        ClaimAllocation allocation = get(request.uid());
        int held = allocation == null ? 0 : allocation.numbers();
        int limit = request.pool().spec().portsPerNamespace();
        if (limit == 0 || request.numbers() <= held) {
            return Optional.empty();
        }
        String namespace = request.key().namespace();
        String pool = request.pool().name();
        int others = numbers(pool, namespace)
                - (allocation != null && allocation.pool().equals(pool) ? held : 0);
        if (others + request.numbers() <= limit) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                Reason.LIMIT_EXCEEDED,
                "%d ports asked for, but namespace %s may hold %d of pool %s and its other claims hold %d; delete claims or ask for fewer"
                        .formatted(request.numbers(), namespace, limit, pool, others)));
    }

    /** What the decisions that are not yet published count of the {@link PendingBudget}. */
    int pendingWeight() {
        return budget.total();
    }

    /**
     * Checks that {@code decided} can wait to be published too.
     *
     * @throws IllegalStateException if it has to wait until others are published
     */
    void requireRoomFor(ClaimAllocation decided, Instant now) {
        budget.requireRoomFor(decided, now);
    }
}
