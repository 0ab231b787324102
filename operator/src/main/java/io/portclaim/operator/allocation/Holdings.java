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
    private final Map<String, Holding> byUid = new LinkedHashMap<>();
    private final Map<String, Holding> pending = new LinkedHashMap<>();
    private final Map<ClaimKey, Set<String>> uids = new HashMap<>();
    /** By the ConfigMap that publishes them, where it is named otherwise than ConfigMaps are by default: few are. */
    private final Map<ClaimKey, Set<String>> uidsByNamedMap = new HashMap<>();

    private final Map<String, Integer> claims = new HashMap<>();
    private final Map<Tenant, Integer> numbers = new HashMap<>();
    private final HeldSketch sketch = new HeldSketch();
    private final PendingBudget budget = new PendingBudget();

    /** What a namespace's limit is counted by. */
    private record Tenant(String pool, String namespace) {
        static Tenant of(Holding holding) {
            return new Tenant(holding.pool(), holding.key().namespace());
        }
    }

    /** What the claim of this UID holds; null when it holds nothing. */
    @Nullable
    Holding get(String uid) {
        return byUid.get(uid);
    }

    /** Records {@code holding} in the place of what was known of its UID. */
    void put(Holding holding) {
        remove(holding.uid());
        byUid.put(holding.uid(), holding);
        blocksOf(holding).forEach(sketch::add);
        uids.computeIfAbsent(holding.key(), key -> new LinkedHashSet<>()).add(holding.uid());
        if (!ConfigMapId.isDefault(holding.key(), holding.configMapName())) {
            uidsByNamedMap
                    .computeIfAbsent(mapOf(holding), key -> new LinkedHashSet<>())
                    .add(holding.uid());
        }
        claims.merge(holding.pool(), 1, Integer::sum);
        numbers.merge(Tenant.of(holding), holding.numbers(), Integer::sum);
        if (holding.pending() != null) {
            pending.put(holding.uid(), holding);
            budget.add(holding);
        }
    }

    /** Forgets the claim of this UID. */
    void remove(String uid) {
        Holding known = byUid.remove(uid);
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

    private static Set<HeldBlock> blocksOf(Holding holding) {
        Set<HeldBlock> blocks = new HashSet<>();
        long map = holding.map();
        HeldBlock.forEachBlock(holding.uid(), holding.pool(), map, holding.published(), blocks::add);
        if (holding.pending() != null) {
            HeldBlock.forEachBlock(holding.uid(), holding.pool(), map, holding.pending(), blocks::add);
        }
        return blocks;
    }

    /** Which blocks they hold, published or about to be. */
    HeldSketch sketch() {
        return sketch.copy();
    }

    /** All of them, the first recorded first. */
    List<Holding> all() {
        return List.copyOf(byUid.values());
    }

    /** Those with a decision that is not published yet. */
    List<Holding> pending() {
        return List.copyOf(pending.values());
    }

    /** The UIDs under which {@code key} holds ports. */
    Set<String> uids(ClaimKey key) {
        return Set.copyOf(uids.getOrDefault(key, Set.of()));
    }

    /** The claims whose ports stand in {@code configMap}, by its namespace and name. */
    List<Holding> publishedIn(ClaimKey configMap) {
        Set<String> byDefault = configMap.name().endsWith(ConfigMapId.DEFAULT_SUFFIX)
                ? uids(new ClaimKey(
                        configMap.namespace(),
                        configMap.name().substring(0, configMap.name().length() - ConfigMapId.DEFAULT_SUFFIX.length())))
                : Set.of();
        Set<String> named = uidsByNamedMap.getOrDefault(configMap, Set.of());
        return Stream.of(byDefault, named)
                .flatMap(Set::stream)
                .flatMap(uid -> Stream.ofNullable(byUid.get(uid)))
                .filter(holding -> holding.configMapName().equals(configMap.name()))
                .toList();
    }

    private static ClaimKey mapOf(Holding holding) {
        return new ClaimKey(holding.key().namespace(), holding.configMapName());
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
        Holding holding = get(request.uid());
        int held = holding == null ? 0 : holding.numbers();
        int limit = request.pool().spec().portsPerNamespace();
        if (limit == 0 || request.numbers() <= held) {
            return Optional.empty();
        }
        String namespace = request.key().namespace();
        String pool = request.pool().name();
        int others =
                numbers(pool, namespace) - (holding != null && holding.pool().equals(pool) ? held : 0);
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
    void requireRoomFor(Holding decided, Instant now) {
        budget.requireRoomFor(decided, now);
    }
}
