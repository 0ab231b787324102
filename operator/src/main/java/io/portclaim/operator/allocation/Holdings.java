package io.portclaim.operator.allocation;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The claims that hold ports, by UID, and what is counted of them. Every count is kept up to date as claims come and go, so
 * that asking costs the same however many there are. Not thread-safe.
 */
final class Holdings {
    private final Map<String, Holding> byUid = new LinkedHashMap<>();
    private final Map<String, Holding> pending = new LinkedHashMap<>();
    private final Map<ClaimKey, Set<String>> uids = new HashMap<>();
    private final Map<String, Integer> claims = new HashMap<>();
    private final Map<Tenant, Integer> numbers = new HashMap<>();
    private int pendingWeight;

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
        uids.computeIfAbsent(holding.key(), key -> new LinkedHashSet<>()).add(holding.uid());
        claims.merge(holding.pool(), 1, Integer::sum);
        numbers.merge(Tenant.of(holding), holding.numbers(), Integer::sum);
        if (holding.pending() != null) {
            pending.put(holding.uid(), holding);
            pendingWeight += weight(holding);
        }
    }

    /** Forgets the claim of this UID. */
    void remove(String uid) {
        Holding known = byUid.remove(uid);
        if (known == null) {
            return;
        }
        uids.computeIfPresent(known.key(), (key, all) -> all.remove(uid) && all.isEmpty() ? null : all);
        claims.computeIfPresent(known.pool(), (pool, count) -> count == 1 ? null : count - 1);
        numbers.computeIfPresent(
                Tenant.of(known), (tenant, count) -> count == known.numbers() ? null : count - known.numbers());
        if (pending.remove(uid) != null) {
            pendingWeight -= weight(known);
        }
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

    /** How many claims hold ports of {@code pool}. */
    int claims(String pool) {
        return claims.getOrDefault(pool, 0);
    }

    /** How many numbers the claims of {@code namespace} have of {@code pool}. */
    int numbers(String pool, String namespace) {
        return numbers.getOrDefault(new Tenant(pool, namespace), 0);
    }

    /** An upper bound of what the decisions that are not yet published take in a ledger, in bytes before it is packed. */
    int pendingWeight() {
        return pendingWeight;
    }

    /** What {@code decided} takes of that: an entry also tells what is let go of. */
    static int weight(Holding decided) {
        return 120 + 25 * (grants(decided.current()) + grants(decided.letGo()));
    }

    private static int grants(Assignment assignment) {
        return assignment.byPlace().values().stream().mapToInt(List::size).sum();
    }
}
