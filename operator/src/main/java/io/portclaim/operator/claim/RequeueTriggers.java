package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PodUse;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.node.ClusterListener;
import io.portclaim.operator.node.NodeChange;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.protocol.Trigger;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Requeues the claims that a change concerns, instead of their polling: waiters when space frees, holders when something else
 * declares their port or listens on it, claims over many nodes when nodes come and go. Changes are gathered and looked at on every tick.
 * Thread-safe; {@link #tick} belongs to one thread.
 */
public final class RequeueTriggers implements ClusterListener {
    private final ServingGate gate;
    private final ClaimTracker tracker;
    private final PortIndex portIndex;
    private final Consumer<ClaimKey> claims;
    private final Supplier<Pools> cachedPools;
    private final Consumer<String> poolConcerned;
    private final Duration nodeWindow;
    private final Time time;

    private final AtomicBoolean spaceFreed = new AtomicBoolean();
    private final ClaimsByNode byNode = new ClaimsByNode();
    private final NodeNews nodeNews;
    private final Set<Slot> slots = ConcurrentHashMap.newKeySet();
    private final Set<Reading> readings = ConcurrentHashMap.newKeySet();
    private final Set<String> pools = ConcurrentHashMap.newKeySet();
    private final Set<String> knownPools = ConcurrentHashMap.newKeySet();
    private final Set<String> usedPools = ConcurrentHashMap.newKeySet();
    private final Set<String> namespaces = ConcurrentHashMap.newKeySet();
    private final Set<ClaimKey> claimsOfPods = ConcurrentHashMap.newKeySet();
    private final Set<String> namespacesOfFreeMaps = ConcurrentHashMap.newKeySet();
    private long nodesSince;
    private long changesCommitted;

    private record Reading(ClaimKey configMap, String node) {}

    /**
     * Requeues claims of {@code tracker}.
     *
     * @param gate behind which a standby remembers nothing: once it leads it looks at every claim
     * @param cachedPools the pools, asked for only once they are there
     * @param poolConcerned is called with each pool whose use may have changed
     * @param claims has a claim looked at soon
     * @param nodeWindow how long changes of nodes are gathered: a cluster that scales out joins many at once
     */
    public RequeueTriggers(
            ServingGate gate,
            ClaimTracker tracker,
            PortIndex portIndex,
            Supplier<Pools> cachedPools,
            Consumer<String> poolConcerned,
            Consumer<ClaimKey> claims,
            Duration nodeWindow,
            Time time) {
        this.gate = gate;
        this.tracker = tracker;
        this.portIndex = portIndex;
        this.cachedPools = cachedPools;
        this.nodeNews = new NodeNews(byNode, tracker, portIndex.holders());
        this.poolConcerned = poolConcerned;
        this.claims = claims;
        this.nodeWindow = nodeWindow;
        this.time = time;
    }

    @Override
    public void nodeChanged(NodeChange change) {
        if (gate.isLoading()) {
            nodeNews.add(change);
        }
    }

    /** Where claims are registered before their nodes are looked at. */
    ClaimsByNode byNode() {
        return byNode;
    }

    @Override
    public void declarationsChanged(Set<Slot> changed) {
        if (gate.isLoading()) {
            slots.addAll(changed);
        }
    }

    @Override
    public void listenersChanged(Set<Slot> changed) {
        declarationsChanged(changed);
    }

    @Override
    public void readersChanged(ClaimKey configMap, String node) {
        if (gate.isLoading()) {
            readings.add(new Reading(configMap, node));
        }
    }

    @Override
    public void namespaceChanged(String namespace) {
        if (gate.isLoading()) {
            namespaces.add(namespace);
        }
    }

    /** A pool came, went or was edited. */
    public void poolChanged(String pool) {
        knownPools.add(pool);
        if (gate.isLoading()) {
            pools.add(pool);
        }
    }

    /** A claim's ConfigMap in this namespace is gone, or has become another claim's. */
    void mapFreed(String namespace) {
        if (gate.isLoading()) {
            namespacesOfFreeMaps.add(namespace);
        }
    }

    /** Something changed of a pod of this claim. */
    void podChanged(ClaimKey claim) {
        if (gate.isLoading()) {
            claimsOfPods.add(claim);
        }
    }

    /** A claim got or lost ports of the pool. */
    void poolUsed(String pool) {
        usedPools.add(pool);
    }

    /**
     * Looks at what was gathered since the last tick; lets time pass for what cools.
     *
     * @return whether some slot may be free that was not, for pods that wait
     */
    public boolean tick(PodUse pods, Ledger ledger) {
        boolean mayBeFree = spaceFreed.get() || !nodeNews.isEmpty() || !slots.isEmpty() || !this.pools.isEmpty();
        if (portIndex.advance(pods)) {
            spaceFreed.set(true);
            mayBeFree = true;
        }
        drain(claimsOfPods).forEach(this::requeue);
        for (ClaimKey fits : portIndex.takeFitting()) {
            if (fits.isPod()) {
                mayBeFree = true;
            } else {
                requeue(fits);
            }
        }
        commitReleases(ledger);
        requeueForNodes();
        requeueForSlots();
        requeueForReaders();
        drain(pools).forEach(this::requeueForPool);
        Set<String> changedNamespaces = drain(namespaces);
        if (!changedNamespaces.isEmpty()) {
            requeueIn(changedNamespaces, tracker.waitingFor(Trigger.NAMESPACE));
        }
        Set<String> freed = drain(namespacesOfFreeMaps);
        if (!freed.isEmpty()) {
            requeueIn(freed, tracker.waitingFor(Trigger.CONFIG_MAP));
        }
        drain(usedPools).forEach(poolConcerned);
        if (spaceFreed.getAndSet(false)) {
            requeue(tracker.waitingFor(Trigger.SLOTS));
            concernAllPools();
        }
        return mayBeFree;
    }

    private void commitReleases(Ledger ledger) {
        long changes = portIndex.releaseChanges();
        if (changes != changesCommitted) {
            changesCommitted = changes;
            // The next leader must know it: what was released as much as what was used again while it cooled.
            ledger.commit().exceptionally(failure -> null);
            requeue(tracker.waitingFor(Trigger.RELEASES));
            concernAllPools();
        }
    }

    private void requeueForNodes() {
        if (nodeNews.isEmpty()) {
            return;
        }
        long now = time.nanos();
        if (nodesSince == 0) {
            nodesSince = now;
        }
        if (now - nodesSince >= nodeWindow.toNanos()) {
            nodesSince = 0;
            NodeNews.Concerned concerned = nodeNews.look(cachedPools.get().all());
            concerned.claims().forEach(this::requeue);
            concerned.pools().forEach(poolConcerned);
        }
    }

    private void requeueForSlots() {
        Set<Slot> changed = drain(slots);
        if (changed.isEmpty()) {
            return;
        }
        portIndex.holders().of(changed).forEach(this::requeue);
        // Processes come and go on thousands of nodes, mostly on ports that no pool has.
        Set<String> offering = cachedPools.get().offering(changed);
        if (!offering.isEmpty()) {
            requeue(tracker.waitingFor(Trigger.SLOTS, offering));
            offering.forEach(poolConcerned);
        }
    }

    private void requeueForReaders() {
        for (Reading reading : drain(readings)) {
            portIndex.holders().listenedTo(reading.configMap, reading.node).forEach(this::requeue);
        }
    }

    private void requeueForPool(String pool) {
        requeue(tracker.ofPool(pool));
        // It may become the default pool of those that have none yet.
        requeue(tracker.waitingFor(Trigger.POOL, Set.of(pool, ClaimTracker.NO_POOL)));
        poolConcerned.accept(pool);
    }

    /** Has everything looked at that waits, in case that a cause was missed. */
    public void requeueAllThatWait() {
        requeue(tracker.all().stream()
                .filter(tracked -> tracked.waitsFor() != null || tracked.isLookedAt())
                .toList());
    }

    /** Forgets the claims that are gone. */
    void prune() {
        byNode.prune(uid -> tracker.get(uid).isPresent());
    }

    /** Has the status of every pool computed. */
    void concernAllPools() {
        knownPools.forEach(poolConcerned);
    }

    private void requeueIn(Set<String> namespaces, Collection<ClaimTracker.TrackedClaim> tracked) {
        requeue(tracked.stream()
                .filter(claim -> namespaces.contains(claim.key().namespace()))
                .toList());
    }

    private void requeue(Collection<ClaimTracker.TrackedClaim> tracked) {
        tracked.forEach(claim -> requeue(claim.key()));
    }

    /** Has the claim of this name looked at soon. */
    void requeue(ClaimKey key) {
        claims.accept(key);
    }

    private static <T> Set<T> drain(Set<T> gathered) {
        Set<T> drained = new HashSet<>(gathered);
        gathered.removeAll(drained);
        return drained;
    }
}
