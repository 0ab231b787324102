package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.CountedPools;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimDecider;
import io.portclaim.operator.protocol.ClaimReports;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.LedgerApi;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.publish.PoolStatuses;
import io.portclaim.operator.publish.RenderedStatus;
import io.portclaim.operator.threads.SystemTime;
import io.portclaim.testing.SetClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a cluster, and the production code from a change of it to the status of each claim that it concerns, without an
 * API server: what is decided counts as published at once. Belongs to one thread.
 */
final class ServedCluster {
    static final Duration GRACE = Duration.ofMinutes(10);
    static final int MOST_NODES = 500;
    private static final int MOST_ROUNDS = 50;

    final SetClock clock = new SetClock();
    final ForeignPorts foreign = new ForeignPorts();
    final Listeners listeners = new Listeners(foreign, clock);
    final PortIndex portIndex = new PortIndex(clock, foreign, listeners, new EstimatedSize());
    final ClaimTracker tracker = new ClaimTracker();
    final Map<ClaimKey, Claim> claims = new TreeMap<>(Comparator.comparing(ClaimKey::toString));
    private final Map<ClaimKey, Instant> again = new HashMap<>();
    private int version = 10;
    final Set<ClaimKey> requeued = new LinkedHashSet<>();
    final Set<String> poolsConcerned = new LinkedHashSet<>();
    final ClusterView cluster;
    final Pools pools;
    final CountedPools counted;
    final Usability usability;
    final ClaimDecider decider;
    private final ServingGate gate = new ServingGate(new SystemTime());
    private final RequeueTriggers triggers;
    private final Ledger ledger = new Ledger(
            nothing(LedgerApi.class),
            portIndex::snapshot,
            new Ledger.Identity("ports/portclaim", "test", lease -> Optional.empty()),
            nothing(Ledger.Observer.class),
            new SystemTime());
    private final AtomicLong nanos = new AtomicLong(1);

    ServedCluster() {
        triggers = new RequeueTriggers(
                gate,
                tracker,
                portIndex,
                this::pools,
                poolsConcerned::add,
                requeued::add,
                Duration.ZERO,
                new StillTime(nanos::get));
        cluster = new ClusterView(nothing(KubernetesClient.class), foreign, listeners, triggers, clock, GRACE);
        pools = new Pools(cluster.nodes(), Duration.ZERO, triggers::poolChanged);
        counted = new CountedPools(pools, portIndex);
        usability = new Usability(pools, cluster, foreign, listeners, new UnexplainedListeners(clock), tracker);
        decider = new ClaimDecider(
                new Admission(pools, cluster, MOST_NODES, namespace -> true, triggers),
                portIndex,
                tracker,
                cluster.nodes(),
                clock,
                GRACE);
        gate.beginLoading();
    }

    static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    private Pools pools() {
        return pools;
    }

    /** A node with these labels and annotations. */
    static Node node(String name, Map<String, String> labels, Map<String, String> annotations) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withUid("uid-" + name)
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .build();
    }

    /** A pool of this spec. */
    static PortPool pool(String name, String spec) {
        PortPool pool = Samples.pool(spec);
        pool.getMetadata().setName(name);
        pool.getMetadata().setUid("uid-" + name);
        return pool;
    }

    /** A claim with this spec is created, or edited where there is one of this name. */
    void claim(String name, String spec) {
        ClaimKey key = new ClaimKey("shop", name);
        @Nullable Claim known = claims.get(key);
        Claim claim = Samples.claim(
                key, known == null ? "uid-%s-%d".formatted(name, ++version) : known.uid(), ++version, spec);
        claims.put(key, known == null ? claim : claim.at(claim.version(), known.status()));
        requeued.add(key);
    }

    /** The claim is deleted, and known to be gone. */
    void deleteClaim(ClaimKey key) {
        Claim claim = claims.remove(key);
        portIndex.release(claim.uid(), pools, clock.instant());
        tracker.gone(claim.uid(), key);
        again.remove(key);
    }

    /** Looks at what has changed, and at the claims that are to be looked at again by now. */
    void tick() {
        nanos.incrementAndGet();
        triggers.tick(cluster.pods(), ledger);
        again.entrySet().stream()
                .filter(due -> !due.getValue().isAfter(clock.instant()))
                .map(Map.Entry::getKey)
                .forEach(requeued::add);
    }

    /** Looks at what has changed until nothing more follows from it. */
    void settle() {
        for (int i = 0; i < MOST_ROUNDS; i++) {
            tick();
            if (serve() == 0) {
                return;
            }
        }
        throw new IllegalStateException("the claims are requeued again and again: " + requeued);
    }

    /** What is held by the claim. */
    Assignment held(Claim claim) {
        return portIndex.allocation(claim.uid()).map(ClaimAllocation::published).orElse(Assignment.NONE);
    }

    /** Looks at each claim that is requeued and at each pool that is concerned; returns how many claims. */
    int serve() {
        List<ClaimKey> next = List.copyOf(requeued);
        requeued.clear();
        next.forEach(this::serve);
        poolsConcerned.forEach(name -> pools.get(name).ifPresent(this::status));
        poolsConcerned.clear();
        return next.size();
    }

    private void serve(ClaimKey key) {
        Claim claim = claims.get(key);
        if (claim == null) {
            return;
        }
        tracker.serving(claim);
        ClaimDecider.Outcome outcome = decider.decide(claim, held -> Optional.empty(), () -> Assignment.NONE);
        if (outcome.isNew()) {
            portIndex.settle(claim.uid(), pools, clock.instant());
        }
        RenderedStatus rendered = ClaimReports.render(claim, outcome, held(claim), null, usability, clock.instant());
        tracker.left(claim, rendered);
        if (!rendered.status().equals(claim.status())) {
            claims.put(key, claim.at(String.valueOf(++version), rendered.status()));
        }
        again.remove(key);
        if (outcome.lookAgain() != null) {
            again.put(key, clock.instant().plus(outcome.lookAgain()));
        }
    }

    /** What is written of a pool whose use may have changed. */
    private void status(Pool pool) {
        PoolStatuses.status(counted.facts(pool, 1), null, clock.instant());
    }
}
