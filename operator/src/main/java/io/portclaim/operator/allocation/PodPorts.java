package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What pods with ports of their own hold. A pod's ports are held at {@link Place#SOMEWHERE} until its node is known, and from
 * then on there; what is once narrowed is never widened again.
 *
 * <p>Thread-safe: every method locks the index.
 */
public final class PodPorts {
    private final IndexState state;
    private final Object lock;
    /** Until when a decision of an earlier leader is not to be published: its number may be in use, nobody knows where. */
    private final Map<String, Instant> heldBack = new HashMap<>();

    PodPorts(IndexState state, Object lock) {
        this.state = state;
        this.lock = lock;
    }

    /**
     * Decides what the pod gets, and reserves it. It stands as {@linkplain ClaimAllocation#pending() pending} until
     * {@link #settle}.
     *
     * @throws IllegalStateException when the pod has ports already, or when too many decisions wait to be published; nothing has
     *     changed then
     */
    public PodDecision decide(PodRequest pod) {
        synchronized (lock) {
            if (state.table.get(pod.uid()) != null) {
                throw new IllegalStateException("pod %s has ports already".formatted(pod.key()));
            }
            Optional<Refusal> limited = state.quota.check(pod.at(List.of()), null);
            if (limited.isPresent()) {
                return new PodDecision.Refused(limited.get());
            }
            return pod.boundTo() == null ? decideSomewhere(pod) : decideAt(pod, pod.boundTo());
        }
    }

    /** A pod that can run on one node only asks for ports as a claim for that node does. */
    private PodDecision decideAt(PodRequest pod, String node) {
        NodeFacts facts = pod.nodes().ofPool().get(node);
        if (facts == null) {
            throw new IllegalArgumentException(
                    "pool %s has no node %s".formatted(pod.pool().name(), node));
        }
        Request request = pod.at(List.of(new Request.Target(node, List.of(facts))));
        Decision decision = state.allocator.decide(request, Assignment.NONE, cursor(pod));
        if (decision instanceof Decision.Refused refused) {
            return new PodDecision.Refused(refused.refusal());
        }
        Decision.Granted granted = (Decision.Granted) decision;
        Optional<Refusal> limited = state.releasesLimit(request, Assignment.NONE, granted.assignment());
        if (limited.isPresent()) {
            return new PodDecision.Refused(limited.get());
        }
        reserve(pod, granted.assignment(), granted.lastGiven());
        return new PodDecision.Granted(granted.assignment(), new TreeSet<>());
    }

    private PodDecision decideSomewhere(PodRequest pod) {
        PodChoice choice = new PodChoice(state, pod, cursor(pod));
        Optional<Refusal> refusal = choice.make();
        if (refusal.isPresent()) {
            return new PodDecision.Refused(refusal.get());
        }
        Assignment assignment = Assignment.at(Place.SOMEWHERE, choice.grants());
        Optional<Refusal> limited = state.releasesLimit(pod.at(List.of()), Assignment.NONE, assignment);
        if (limited.isPresent()) {
            return new PodDecision.Refused(limited.get());
        }
        reserve(pod, assignment, choice.lastGiven());
        return new PodDecision.Granted(assignment, choice.leftOut());
    }

    private int cursor(PodRequest pod) {
        return state.cursors.getOrDefault(pod.pool().name(), 0);
    }

    private void reserve(PodRequest pod, Assignment assignment, int lastGiven) {
        ClaimAllocation decided = new ClaimAllocation(
                pod.uid(), pod.key(), pod.created(), pod.pool().name(), pod.mapName(), 0, Assignment.NONE, assignment);
        state.budget.requireRoomFor(decided, state.clock.instant());
        state.releases.takeBackAnywhere(pod.at(List.of()), assignment);
        state.put(decided);
        if (lastGiven >= 0) {
            state.cursors.put(pod.pool().name(), lastGiven);
        }
    }

    /**
     * The hostnames of the nodes that a pod of an earlier leader's decision must not be scheduled to: where others hold its
     * numbers now. Computed once for each pod.
     *
     * @return empty while the decision must not be published: its numbers may be in use, nobody knows where
     */
    public Optional<SortedSet<String>> leftOut(String uid, PodRequest.Candidates nodes) {
        synchronized (lock) {
            ClaimAllocation allocation = state.table.get(uid);
            if (allocation == null) {
                return Optional.empty();
            }
            Instant until = heldBack.get(uid);
            if (until != null && state.clock.instant().isBefore(until)) {
                return Optional.empty();
            }
            List<PortGrant> grants = allocation.current().at(Place.SOMEWHERE);
            Set<String> taken = new PodObstacles(state, nodes, new Holder.OfClaim(uid), Set.of()).nodesWith(grants);
            return PodObstacles.hostnames(taken, nodes);
        }
    }

    /** Keeps a decision of an earlier leader from being published before {@code until}. */
    void holdBack(String uid, Instant until) {
        heldBack.put(uid, until);
    }

    /** Records that the pod carries what was pending. */
    public void settle(String uid) {
        synchronized (lock) {
            ClaimAllocation before = state.table.get(uid);
            if (before != null && before.pending() != null) {
                state.record(before.settled());
            }
            heldBack.remove(uid);
        }
    }

    /**
     * Records that the pod is on {@code node}: from there its ports never move.
     *
     * @return a slot there that somebody else holds, so that nothing has changed; empty where all is as it should be
     */
    public Optional<Slot> narrow(String uid, String node) {
        synchronized (lock) {
            ClaimAllocation before = state.table.get(uid);
            if (before == null || before.current().at(Place.SOMEWHERE).isEmpty()) {
                return Optional.empty();
            }
            Assignment wide = before.current();
            Assignment narrow = Assignment.at(node, wide.at(Place.SOMEWHERE));
            Holder holder = new Holder.OfClaim(uid);
            Optional<Slot> obstacle = narrow.firstSlot(slot -> !state.index.mayTake(slot, holder));
            if (obstacle.isPresent()) {
                return obstacle;
            }
            narrow.forEachSlot(slot -> state.index.take(slot, holder));
            wide.forEachSlot(slot -> state.index.free(slot, holder));
            state.record(before.settled().at(narrow));
            state.releases.beginQueued();
            heldBack.remove(uid);
            return Optional.empty();
        }
    }

    /** Records that the pod has ended, and releases what it held. */
    public void release(String uid, PodEnd end, PortIndex.Cooldowns cooldowns) {
        synchronized (lock) {
            ClaimAllocation before = state.table.get(uid);
            heldBack.remove(uid);
            if (before == null) {
                return;
            }
            Holder holder = new Holder.OfClaim(uid);
            before.published().forEachSlot(slot -> state.index.free(slot, holder));
            before.current().forEachSlot(slot -> state.index.free(slot, holder));
            state.drop(uid);
            if (end instanceof PodEnd.Terminated) {
                cool(before, before.key(), Duration.ZERO, cooldowns);
            } else if (end instanceof PodEnd.Uncertain uncertain) {
                cool(before, null, uncertain.grace(), cooldowns);
            }
            state.releases.beginQueued();
        }
    }

    private void cool(ClaimAllocation before, @Nullable ClaimKey key, Duration grace, PortIndex.Cooldowns cooldowns) {
        Instant now = state.clock.instant();
        before.current()
                .byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> {
                    Duration cooldown = cooldowns.of(before.pool(), grant).plus(grace);
                    Instant until = now.plus(cooldown);
                    Release release = new Release(key, before.map(), before.pool(), place, grant, cooldown, now, until);
                    state.releases.add(release);
                    if (key != null) {
                        // Its processes have ended for certain, but the last report of its node may have their
                        // listeners still.
                        state.listeners.excuse(release.assignment(), until);
                    }
                }));
    }

    /** What each of them holds. */
    public List<ClaimAllocation> all() {
        synchronized (lock) {
            return state.table.ofPods();
        }
    }

    /** What the pod of this UID holds. */
    public Optional<ClaimAllocation> of(String uid) {
        synchronized (lock) {
            return Optional.ofNullable(state.table.get(uid))
                    .filter(found -> found.key().isPod());
        }
    }
}
