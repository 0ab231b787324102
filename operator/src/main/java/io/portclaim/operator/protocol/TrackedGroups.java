package io.portclaim.operator.protocol;

import io.portclaim.operator.protocol.ClaimTracker.TrackedClaim;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tracked claims by what may requeue them, so that nobody goes through all claims upon one event. Thread-safe; a claim that moves
 * from one group to another is never in neither.
 */
final class TrackedGroups {
    private final Map<Group, Map<String, TrackedClaim>> members = new ConcurrentHashMap<>();

    private sealed interface Group {
        /** Served by the pool, whatever they wait for. */
        record OfPool(String pool) implements Group {}

        /** Being looked at: what they will wait for is not known yet. */
        record LookedAt() implements Group {}

        /** Waiting for it, whatever the pool. */
        record Waiting(Trigger trigger) implements Group {}

        /** Waiting for it in the pool. */
        record WaitingInPool(Trigger trigger, String pool) implements Group {}

        /** Of scope Cluster or Pod, and something of the pool's nodes may change what is said of them. */
        record OnEveryNode(String pool) implements Group {}
    }

    /** Records that {@code after} stands in the place of {@code before}; null: there is no such claim. */
    void move(@Nullable TrackedClaim before, @Nullable TrackedClaim after) {
        Set<Group> now = groups(after);
        for (Group group : now) {
            TrackedClaim claim = Objects.requireNonNull(after);
            members.compute(group, (key, claims) -> {
                Map<String, TrackedClaim> all = claims == null ? new ConcurrentHashMap<>() : claims;
                all.put(claim.uid(), claim);
                return all;
            });
        }
        for (Group group : groups(before)) {
            if (!now.contains(group)) {
                String uid = Objects.requireNonNull(before).uid();
                members.computeIfPresent(
                        group, (key, claims) -> claims.remove(uid) != null && claims.isEmpty() ? null : claims);
            }
        }
    }

    private static Set<Group> groups(@Nullable TrackedClaim claim) {
        Set<Group> groups = new HashSet<>();
        if (claim == null) {
            return groups;
        }
        String pool = Objects.requireNonNullElse(claim.pool(), ClaimTracker.NO_POOL);
        groups.add(new Group.OfPool(pool));
        if (claim.isLookedAt()) {
            groups.add(new Group.LookedAt());
        }
        for (Trigger trigger : claim.triggers()) {
            groups.add(new Group.Waiting(trigger));
            groups.add(new Group.WaitingInPool(trigger, pool));
        }
        // The node that its condition names may be the one that has changed.
        if (!claim.isNodeScope() && (claim.triggers().contains(Trigger.NODES) || claim.unusable() != null)) {
            groups.add(new Group.OnEveryNode(pool));
        }
        return groups;
    }

    private Stream<TrackedClaim> in(Group group) {
        return members.getOrDefault(group, Map.of()).values().stream();
    }

    /** Those that {@code pool} serves. */
    Stream<TrackedClaim> ofPool(String pool) {
        return in(new Group.OfPool(pool));
    }

    /** Those that wait for {@code trigger}, or might turn out to. */
    Stream<TrackedClaim> waitingFor(Trigger trigger) {
        return Stream.concat(in(new Group.LookedAt()), in(new Group.Waiting(trigger)));
    }

    /** Those that wait in one of {@code pools} for {@code trigger}, or might turn out to. */
    Stream<TrackedClaim> waitingFor(Trigger trigger, Collection<String> pools) {
        return Stream.concat(
                in(new Group.LookedAt()), pools.stream().flatMap(pool -> in(new Group.WaitingInPool(trigger, pool))));
    }

    /** Those of which something may change that is said of them, where nodes of {@code pools}, at least one, change. */
    Stream<TrackedClaim> onEveryNode(Collection<String> pools) {
        return Stream.concat(in(new Group.LookedAt()), pools.stream().flatMap(pool -> in(new Group.OnEveryNode(pool))));
    }
}
