package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The index: who holds which slot, in the memory of the one leader. While it serves, this is the truth; caches and
 * statuses are not.
 *
 * <p>Thread-safe: every method locks the object, for microseconds.
 */
public final class PortIndex {
    final IndexState state;
    private final PodPorts pods;
    private final Holders holders;
    private final Map<String, String> conflicts = new HashMap<>();

    /**
     * An empty index that also leaves out what others declare, and where processes listen.
     *
     * @param entrySize what a decision takes in the ledger, which bounds how many may wait to be published
     */
    public PortIndex(Clock clock, ForeignPorts foreign, Listeners listeners, EntrySize entrySize) {
        this.state = new IndexState(clock, foreign, listeners, entrySize);
        this.pods = new PodPorts(state, this);
        this.holders = new Holders(state, this);
    }

    /** What pods with ports of their own hold. */
    public PodPorts pods() {
        return pods;
    }

    /**
     * Decides what {@code request} gets, and reserves it. What is new stands as {@linkplain ClaimAllocation#pending() pending}
     * until {@link #settle}.
     *
     * @throws IllegalStateException when an earlier decision for this claim is not published yet, or when too many of other
     *     claims are not; nothing has changed then
     */
    public Decision decide(Request request) {
        return decide(request, Set.of());
    }

    /**
     * As {@link #decide(Request)}, where the claim also gives up what it holds at {@code abandoned}: nodes that are gone
     * for good.
     */
    public synchronized Decision decide(Request request, Set<String> abandoned) {
        ClaimAllocation allocation = state.table.get(request.uid());
        if (allocation != null && allocation.pending() != null) {
            throw new IllegalStateException("claim %s has a decision that is not published".formatted(request.key()));
        }
        String conflict = conflicts.get(request.uid());
        if (conflict != null) {
            return new Decision.Refused(new Refusal(Reason.CONFLICTED, conflict));
        }
        Optional<Refusal> limited = state.quota.check(request, allocation);
        if (limited.isPresent()) {
            return new Decision.Refused(limited.get());
        }
        Assignment held = allocation == null ? Assignment.NONE : allocation.published();
        String pool = request.pool().name();
        Decision decision =
                state.allocator.decide(request, held.without(abandoned), state.cursors.getOrDefault(pool, 0));
        if (decision instanceof Decision.Granted granted) {
            if (!granted.assignment().equals(held)) {
                Optional<Refusal> released = state.releasesLimit(request, held, granted.assignment());
                if (released.isPresent()) {
                    return new Decision.Refused(released.get());
                }
                reserve(request, granted.assignment());
            }
            if (granted.lastGiven() >= 0) {
                state.cursors.put(pool, granted.lastGiven());
            }
        }
        return decision;
    }

    private void reserve(Request request, Assignment next) {
        ClaimAllocation before = Objects.requireNonNullElseGet(
                state.table.get(request.uid()),
                () -> new ClaimAllocation(
                        request.uid(),
                        request.key(),
                        request.created(),
                        request.pool().name(),
                        request.configMapName(),
                        request.version(),
                        Assignment.NONE,
                        null));
        ClaimAllocation decided = before.deciding(next, request.version());
        state.budget.requireRoomFor(decided, state.clock.instant());
        next.forEachSlot(slot -> state.releases.takeBack(slot, request));
        state.put(decided);
    }

    /** Records {@code allocation} with all its slots. */
    synchronized void put(ClaimAllocation allocation) {
        state.put(allocation);
    }

    /**
     * Records that the claim's status now says what was pending, and releases what it does not hold any more.
     *
     * @param namedUntil since when its ConfigMap names that no more, by the API server's clock; null while it may
     */
    public synchronized void settle(String uid, Cooldowns cooldowns, @Nullable Instant namedUntil) {
        ClaimAllocation before = state.table.get(uid);
        if (before == null || before.pending() == null) {
            return;
        }
        ClaimAllocation after = before.settled();
        state.releases.release(before, after.published(), cooldowns, namedUntil);
        if (after.published().isEmpty()) {
            state.drop(uid);
        } else {
            state.record(after);
        }
    }

    /**
     * Decides that the claim keeps only {@code kept} of what it holds; to be published, then {@linkplain #settle settled}.
     *
     * @throws IllegalStateException when an earlier decision for this claim is not published yet, or when too many of other
     *     claims are not; nothing has changed then
     * @throws IllegalArgumentException when {@code kept} has a slot that the claim does not hold
     */
    public synchronized void withdraw(String uid, long version, Assignment kept) {
        ClaimAllocation allocation = state.table.get(uid);
        if (allocation == null) {
            return;
        }
        if (allocation.pending() != null) {
            throw new IllegalStateException(
                    "claim %s has a decision that is not published".formatted(allocation.key()));
        }
        if (allocation.published().equals(kept)) {
            return;
        }
        if (!allocation.published().holdsAllOf(kept)) {
            throw new IllegalArgumentException("claim %s does not hold all of %s".formatted(allocation.key(), kept));
        }
        ClaimAllocation decided = allocation.deciding(kept, version);
        state.budget.requireRoomFor(decided, state.clock.instant());
        state.record(decided);
    }

    /**
     * Releases all that the claim holds: it is gone, as a quorum read by its UID said, or nothing of it was published yet.
     *
     * @param namedUntil since when no ConfigMap names them, by the API server's clock; null while one may
     */
    public synchronized void release(String uid, Cooldowns cooldowns, @Nullable Instant namedUntil) {
        ClaimAllocation before = state.table.get(uid);
        if (before != null) {
            state.releases.release(before, Assignment.NONE, cooldowns, namedUntil);
            state.drop(uid);
        }
    }

    /** Forgets that a claim that is gone had lost its ports to another, or had no room. */
    public synchronized void forget(String uid) {
        conflicts.remove(uid);
        state.budget.forget(uid);
    }

    /**
     * Lets time pass: what nobody uses any more begins to cool, what is used while it cools is blocked again, what has cooled is
     * free.
     *
     * @return whether anything became free
     */
    public synchronized boolean advance(PodUse use) {
        return state.releases.advance(state.clock.instant(), use);
    }

    /** What the claim with this UID holds. */
    public synchronized Optional<ClaimAllocation> allocation(String uid) {
        return Optional.ofNullable(state.table.get(uid));
    }

    /** The UIDs under which {@code key} holds ports: more than one while an earlier claim of the name is not known to be gone. */
    public synchronized Set<String> uids(ClaimKey key) {
        return state.table.uids(key);
    }

    /** Every claim that holds ports. */
    public synchronized List<ClaimAllocation> holdings() {
        return state.table.all().stream()
                .filter(allocation -> !allocation.key().isPod())
                .toList();
    }

    /** Who holds what, asked by the slots. */
    public Holders holders() {
        return holders;
    }

    /** Why the claim lost its ports to another when this leader took over; empty for all but such claims. */
    public synchronized Optional<String> conflict(String uid) {
        return Optional.ofNullable(conflicts.get(uid));
    }

    /** Marks a claim whose status named a slot that another claim keeps. */
    public synchronized void markConflicted(String uid, String message) {
        conflicts.put(uid, message);
    }

    /** Whether anyone keeps the slots of {@code assignment} from the claim {@code uid}; empty when nobody does. */
    synchronized Optional<Slot> firstObstacle(String uid, Assignment assignment) {
        Holder self = new Holder.OfClaim(uid);
        return assignment.firstSlot(
                slot -> state.index.obstacles(slot).stream().anyMatch(holder -> !holder.equals(self)));
    }

    /** A slot of {@code held} that another claim or pod has; empty when none has any. */
    synchronized Optional<Slot> firstHeldByOthers(String uid, Assignment held) {
        Holder self = new Holder.OfClaim(uid);
        return held.firstSlot(slot -> !state.index.mayTake(slot, self));
    }

    /** Lets {@code release} keep those of its slots that no claim has. */
    synchronized void blockWhereFree(Release release) {
        state.releases.addWhereFree(release);
    }

    /** Blocks what is free of {@code said}, which a claim's ConfigMap says beyond what the claim holds, until it ceases to. */
    public synchronized void keepNamed(
            ClaimKey key, String pool, String configMapName, Assignment said, Cooldowns cooldowns) {
        long map = ConfigMapId.of(key.namespace(), configMapName);
        said.byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> state.releases.addWhereFree(
                        new Release(key, map, pool, place, grant, cooldowns.of(pool, grant), null, null))));
    }

    /**
     * Keeps what is free of {@code said} for {@code grace}, for a claim of the name {@code key} to come. It counts as released by such a
     * claim: it returns to one, and a later leader keeps it too. That a pod has read it does not keep it for longer.
     */
    public synchronized void keepFor(ClaimKey key, String configMapName, Assignment said, Duration grace) {
        long map = ConfigMapId.of(key.namespace(), configMapName);
        Instant end = state.clock.instant().plus(grace);
        said.byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> state.releases.addIfFree(
                        new Release(key, map, "", place, grant, grace, Release.NOBODY_HAS_READ_IT, end))));
    }

    /** Keeps no more what {@link #keepFor} keeps by what this ConfigMap says: it is free when time {@linkplain #advance passes} next. */
    public synchronized void keepNoMore(long map) {
        state.releases.endKept(map, state.clock.instant());
    }

    /** How many numbers of {@code pool} the claims of {@code namespace} hold. */
    public synchronized int numbersOf(String pool, String namespace) {
        return state.quota.numbersOf(pool, namespace);
    }

    /** Records that a ConfigMap names what its claim holds and nothing else, since {@code since}, or that it is gone. */
    public synchronized void mapSaysOnly(long map, Instant since) {
        state.releases.namesNoMore(map, since);
    }

    /** Records that the ConfigMap of a claim that is gone exists, so that it may name all that was released from it. */
    public synchronized void mapMayNameAgain(long map) {
        state.releases.mayNameAgain(map);
    }

    /** Whether the ConfigMap may still name ports that were released. */
    public synchronized boolean mapMayName(long map) {
        return state.releases.mayName(map);
    }

    /** Whether something that the ConfigMap published is not free yet. */
    public synchronized boolean hasReleasesOf(long map) {
        return state.releases.hasOf(map);
    }

    /** Remembers the last number that {@code pool} gave. */
    synchronized void setCursor(String pool, int port) {
        state.cursors.put(pool, port);
    }

    /** What the ledger keeps beside the pending decisions, all of one moment. */
    public synchronized Snapshot snapshot() {
        Snapshot snapshot = new Snapshot(
                state.clock.instant(), state.table.pending(), Map.copyOf(state.cursors), state.releases.all(), held());
        return snapshot.withPods(state.table.pods() > 0);
    }

    /** What the decisions that are not yet published take in a ledger, in bytes before it is packed; see PendingBudget. */
    public synchronized int pendingWeight() {
        return state.budget.total();
    }

    /**
     * The claims and pods that had no room among what waits to be published, and have some now; each is named once, and may be
     * refused again.
     */
    public synchronized List<ClaimKey> takeFitting() {
        return state.budget.takeFitting(state.clock.instant());
    }

    /** Whether anything is blocked or cools of which nobody knows what ConfigMap published it. */
    public synchronized boolean hasReleasesOfUnknownMaps() {
        return state.releases.hasOf(ConfigMapId.UNKNOWN) || state.releases.hasOf(ConfigMapId.ANY);
    }

    /** What claims hold, as a later leader must be able to miss it. */
    synchronized Held held() {
        return new Held(state.index.claimedCounts(), state.table.sketch());
    }

    /** How many releases are not free yet. */
    public synchronized int unfinishedReleases() {
        return state.releases.size();
    }

    /** Grows whenever the ledger must be written so that a later leader frees nothing too early. */
    public synchronized long releaseChanges() {
        return state.releases.changes();
    }

    /**
     * How full the pool of these rules and nodes is. Counts what has changed since it was last asked about the same pool; nobody waits
     * for more than one node's count.
     */
    public PoolUse use(PoolRules pool, PoolNodes nodes) {
        return state.counts.use(state, this, pool, nodes);
    }

    /** Forgets what was counted of a pool that is gone. */
    public void forgetCounts(String pool) {
        state.counts.forget(pool);
    }

    /** How many nodes were looked at so far to count how full pools are. */
    public long nodesCounted() {
        return state.counts.nodesCounted();
    }

    /** How long released ports cool. */
    public interface Cooldowns {
        /** How long a grant that came from {@code pool} cools, also where the pool is gone or, as "", not known. */
        Duration of(String pool, PortGrant grant);
    }
}
