package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PodUse;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.node.ClusterListener;
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
import java.util.function.Predicate;

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
    private final PoolNews poolNews;
    private final Consumer<String> poolConcerned;
    private final Duration nodeWindow;
    private final Time time;

    private final AtomicBoolean spaceFreed = new AtomicBoolean();
    private final AtomicBoolean nodesChanged = new AtomicBoolean();
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

    /** What is asked of the pools. */
    public interface PoolNews {
        /** The pools whose nodes, as far as their own ports go, are of other kinds than when last asked. */
        Set<String> ofOtherKinds();

        /** Whether some pool gives out the port of one of {@code slots}. */
        boolean offerAny(Collection<Slot> slots);
    }

    private record Reading(ClaimKey configMap, String node) {}

    /**
     * Requeues claims of {@code tracker}.
     *
     * @param gate behind which a standby remembers nothing: once it leads it looks at every claim
     * @param poolNews what is asked of the pools
     * @param poolConcerned is told each pool whose use may have changed
     * @param claims has a claim looked at soon
     * @param nodeWindow how long changes of nodes are gathered: a cluster that scales out joins many at once
     */
    public RequeueTriggers(
            ServingGate gate,
            ClaimTracker tracker,
            PortIndex portIndex,
            PoolNews poolNews,
            Consumer<String> poolConcerned,
            Consumer<ClaimKey> claims,
            Duration nodeWindow,
            Time time) {
        this.gate = gate;
        this.tracker = tracker;
        this.portIndex = portIndex;
        this.poolNews = poolNews;
        this.poolConcerned = poolConcerned;
        this.claims = claims;
        this.nodeWindow = nodeWindow;
        this.time = time;
    }

    @Override
    public void nodesChanged() {
        nodesChanged.set(true);
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
        boolean mayBeFree = spaceFreed.get() || nodesChanged.get() || !slots.isEmpty() || !this.pools.isEmpty();
        if (portIndex.advance(pods)) {
            spaceFreed.set(true);
            mayBeFree = true;
        }
        drain(claimsOfPods).forEach(this::requeue);
        commitReleases(ledger);
        requeueForNodes();
        requeueForSlots();
        requeueForReaders();
        drain(pools).forEach(this::requeueForPool);
        Set<String> changedNamespaces = drain(namespaces);
        if (!changedNamespaces.isEmpty()) {
            requeue(tracked -> tracked.mayWaitFor(Trigger.NAMESPACE)
                    && changedNamespaces.contains(tracked.key().namespace()));
        }
        Set<String> freed = drain(namespacesOfFreeMaps);
        if (!freed.isEmpty()) {
            requeue(tracked -> tracked.mayWaitFor(Trigger.CONFIG_MAP)
                    && freed.contains(tracked.key().namespace()));
        }
        drain(usedPools).forEach(poolConcerned);
        if (spaceFreed.getAndSet(false)) {
            requeue(tracked -> tracked.mayWaitFor(Trigger.SLOTS));
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
            requeue(tracked -> tracked.mayWaitFor(Trigger.RELEASES));
            concernAllPools();
        }
    }

    private void requeueForNodes() {
        if (!nodesChanged.get()) {
            return;
        }
        long now = time.nanos();
        if (nodesSince == 0) {
            nodesSince = now;
        }
        if (now - nodesSince >= nodeWindow.toNanos()) {
            nodesSince = 0;
            nodesChanged.set(false);
            // One node more of a known kind concerns no claim on every node: there may be thousands of either.
            Set<String> pools = poolNews.ofOtherKinds();
            requeue(tracked -> tracked.isNodeScope()
                    || tracked.mayWaitFor(Trigger.NODES)
                    // The node that its condition names may be the one that has changed.
                    || tracked.unusable() != null
                    || (tracked.pool() != null && pools.contains(tracked.pool())));
            concernAllPools();
        }
    }

    private void requeueForSlots() {
        Set<Slot> changed = drain(slots);
        if (changed.isEmpty()) {
            return;
        }
        portIndex.holdersOf(changed).forEach(this::requeue);
        // Processes come and go on thousands of nodes, mostly on ports that no pool has.
        if (poolNews.offerAny(changed)) {
            requeue(tracked -> tracked.mayWaitFor(Trigger.SLOTS));
            concernAllPools();
        }
    }

    private void requeueForReaders() {
        for (Reading reading : drain(readings)) {
            portIndex.listenedHolders(reading.configMap, reading.node).forEach(this::requeue);
        }
    }

    private void requeueForPool(String pool) {
        requeue(tracked -> pool.equals(tracked.pool()) || tracked.mayWaitFor(Trigger.POOL));
        poolConcerned.accept(pool);
    }

    /** Has everything looked at that waits, in case that a cause was missed. */
    public void requeueAllThatWait() {
        requeue(tracked -> tracked.waitsFor() != null || tracked.isLookedAt());
    }

    private void concernAllPools() {
        knownPools.forEach(poolConcerned);
    }

    private void requeue(Predicate<ClaimTracker.TrackedClaim> which) {
        tracker.find(which).forEach(tracked -> requeue(tracked.key()));
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
