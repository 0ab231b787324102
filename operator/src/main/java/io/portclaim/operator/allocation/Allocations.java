package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.ports.Protocol;
import java.time.Clock;
import java.time.Duration;
import java.util.BitSet;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The index: who holds which slot, in the memory of the one leader. While it serves, this is the truth; caches and
 * statuses are not.
 *
 * <p>Thread-safe: every method locks the object, for microseconds.
 */
public final class Allocations {
    private final Clock clock;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final SlotIndex index = new SlotIndex();
    private final Releases releases;
    private final Holdings holdings = new Holdings();
    private final Map<String, Integer> cursors = new HashMap<>();
    private final Map<String, String> conflicts = new HashMap<>();
    private final Allocator allocator;
    private long released;

    /** An empty index that also leaves out what others declare, and where processes listen. */
    public Allocations(Clock clock, ForeignPorts foreign, Listeners listeners) {
        this.clock = clock;
        this.foreign = foreign;
        this.listeners = listeners;
        this.releases = new Releases(index, listeners);
        Unclaimed unclaimed = new Unclaimed(index, foreign);
        Obstacles obstacles = new Obstacles(index, foreign, listeners, unclaimed, holdings::get);
        this.allocator = new Allocator(releases, obstacles, unclaimed, listeners);
    }

    /**
     * Decides what {@code request} gets, and reserves it. What is new stands as {@linkplain Holding#pending() pending}
     * until {@link #settle}.
     *
     * @throws IllegalStateException when an earlier decision for this claim is not published yet, or when too many of other
     *     claims are not; nothing has changed then
     */
    public Decision decide(Request request) {
        return decide(request, Set.of());
    }

    /**
     * As {@link #decide(Request)}, where the claim also lets go of what it holds at {@code abandoned}: nodes that are gone
     * for good.
     */
    public synchronized Decision decide(Request request, Set<String> abandoned) {
        Holding holding = holdings.get(request.uid());
        if (holding != null && holding.pending() != null) {
            throw new IllegalStateException("claim %s has a decision that is not published".formatted(request.key()));
        }
        String conflict = conflicts.get(request.uid());
        if (conflict != null) {
            return new Decision.Refused(new Refusal(Reason.CONFLICTED, conflict));
        }
        Optional<Refusal> limited = holdings.beyondLimit(request);
        if (limited.isPresent()) {
            return new Decision.Refused(limited.get());
        }
        Assignment held = holding == null ? Assignment.NONE : holding.published();
        String pool = request.pool().name();
        Decision decision = allocator.decide(request, held.without(abandoned), cursors.getOrDefault(pool, 0));
        if (decision instanceof Decision.Granted granted) {
            if (!granted.assignment().equals(held)) {
                reserve(request, granted.assignment());
            }
            if (granted.lastGiven() >= 0) {
                cursors.put(pool, granted.lastGiven());
            }
        }
        return decision;
    }

    private void reserve(Request request, Assignment next) {
        Holding before = Objects.requireNonNullElseGet(
                holdings.get(request.uid()),
                () -> new Holding(
                        request.uid(),
                        request.key(),
                        request.created(),
                        request.pool().name(),
                        request.configMapName(),
                        request.numbers(),
                        Assignment.NONE,
                        null));
        Holding decided = before.deciding(next, request.numbers());
        holdings.requireRoomFor(decided);
        next.forEachSlot(slot -> releases.takeBack(slot, request.key()));
        put(decided);
    }

    /** Records {@code holding} with all its slots. */
    void put(Holding holding) {
        Holder holder = new Holder.OfClaim(holding.uid());
        holding.published().forEachSlot(slot -> index.take(slot, holder));
        holding.current().forEachSlot(slot -> index.take(slot, holder));
        holdings.put(holding);
    }

    /** Records that the claim's status now says what was pending; what it let go of begins its rest. */
    public synchronized void settle(String uid, Cooldowns cooldowns) {
        Holding before = holdings.get(uid);
        if (before == null || before.pending() == null) {
            return;
        }
        Holding after = before.settled();
        released += releases.letGo(before, after.published(), cooldowns);
        if (after.published().isEmpty()) {
            holdings.remove(uid);
        } else {
            holdings.put(after);
        }
    }

    /**
     * Decides that the claim keeps only {@code rest} of what it holds; to be published, then {@linkplain #settle settled}.
     *
     * @throws IllegalStateException when an earlier decision for this claim is not published yet, or when too many of other
     *     claims are not; nothing has changed then
     * @throws IllegalArgumentException when {@code rest} has a slot that the claim does not hold
     */
    public synchronized void withdraw(String uid, Assignment rest) {
        Holding holding = holdings.get(uid);
        if (holding == null) {
            return;
        }
        if (holding.pending() != null) {
            throw new IllegalStateException("claim %s has a decision that is not published".formatted(holding.key()));
        }
        if (holding.published().equals(rest)) {
            return;
        }
        if (!holding.published().slots().containsAll(rest.slots())) {
            throw new IllegalArgumentException("claim %s does not hold all of %s".formatted(holding.key(), rest));
        }
        Holding decided = holding.deciding(rest, holding.numbers());
        holdings.requireRoomFor(decided);
        holdings.put(decided);
    }

    /** Records that the claim is gone, as a quorum read or a DELETED event with its UID said; all its ports begin their rest. */
    public synchronized void release(String uid, Cooldowns cooldowns) {
        conflicts.remove(uid);
        Holding before = holdings.get(uid);
        if (before != null) {
            released += releases.letGo(before, Assignment.NONE, cooldowns);
            holdings.remove(uid);
        }
    }

    /**
     * Lets time pass: what no pod uses and no process listens on any more begins to cool, what has cooled is free.
     *
     * @return whether anything became free
     */
    public synchronized boolean advance(PodUse use) {
        return releases.advance(clock.instant(), use);
    }

    /** What the claim with this UID holds. */
    public synchronized Optional<Holding> holding(String uid) {
        return Optional.ofNullable(holdings.get(uid));
    }

    /** The UIDs under which {@code key} holds ports: more than one while an earlier claim of the name is not known to be gone. */
    public synchronized Set<String> uids(ClaimKey key) {
        return holdings.uids(key);
    }

    /** Every claim that holds ports. */
    public synchronized List<Holding> holdings() {
        return holdings.all();
    }

    /** The claims that hold any of {@code slots}. */
    public synchronized List<ClaimKey> holdersOf(Collection<Slot> slots) {
        return slots.stream()
                // A report may bring all ports of its node at once, and few of them are anybody's.
                .filter(index::isClaimedAnywhere)
                .flatMap(slot -> index.obstacles(slot).stream())
                .flatMap(holder -> holder instanceof Holder.OfClaim claim
                        ? Optional.ofNullable(holdings.get(claim.uid())).stream()
                        : Optional.<Holding>empty().stream())
                .map(Holding::key)
                .distinct()
                .toList();
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
        return assignment.slots().stream()
                .filter(slot -> index.obstacles(slot).stream().anyMatch(holder -> !holder.equals(self)))
                .findFirst();
    }

    /** Lets {@code release} keep those of its slots that no claim has, and no other release at its place. */
    synchronized void restWhereFree(Release release) {
        releases.addWhereFree(release);
    }

    /** Whether a process listens on {@code slot}. */
    boolean isListenedOn(Slot slot) {
        return listeners.isListenedOn(slot);
    }

    /** The claims that {@code configMap} publishes and that hold a port on {@code node} that a process listens on. */
    public synchronized List<ClaimKey> listenedHolders(ClaimKey configMap, String node) {
        return holdings.publishedIn(configMap).stream()
                .filter(holding -> Stream.of(node, Place.EVERYWHERE)
                        .map(place -> Assignment.at(node, holding.current().at(place)))
                        .anyMatch(listeners::isListenedOn))
                .map(Holding::key)
                .toList();
    }

    /** Remembers the last number that {@code pool} gave. */
    synchronized void setCursor(String pool, int port) {
        cursors.put(pool, port);
    }

    /** What the ledger keeps beside the pending decisions, all of one moment. */
    public synchronized Snapshot snapshot() {
        Map<Protocol, BitSet> held = new EnumMap<>(Protocol.class);
        for (Protocol protocol : Protocol.values()) {
            held.put(protocol, index.claimedAnywhere(protocol));
        }
        return new Snapshot(holdings.pending(), Map.copyOf(cursors), releases.all(), held);
    }

    /** An upper bound of what the decisions that are not yet published take in a ledger, in bytes before it is packed. */
    public synchronized int pendingWeight() {
        return holdings.pendingWeight();
    }

    /** How many releases are not free yet. */
    public synchronized int resting() {
        return releases.size();
    }

    /** How many releases there ever were; grows with each. */
    public synchronized long released() {
        return released;
    }

    /** How full {@code pool} is on {@code nodes}; nobody waits for more than one node's count. */
    public PoolUse use(PoolRules pool, List<NodeFacts> nodes) {
        PoolCount count = new PoolCount(index, foreign, listeners, pool);
        for (NodeFacts node : nodes) {
            synchronized (this) {
                count.add(node);
            }
        }
        return count.result(claimsOf(pool));
    }

    private synchronized int claimsOf(PoolRules pool) {
        return holdings.claims(pool.name());
    }

    /** How long released ports rest. */
    public interface Cooldowns {
        /** How long a grant that came from {@code pool} rests, also where the pool is gone. */
        Duration of(String pool, PortGrant grant);
    }
}
