package io.portclaim.operator.simulation;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.claim.Admission;
import io.portclaim.operator.claim.RequeueTriggers;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Background;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimService;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.MapNews;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.ServingObserver;
import io.portclaim.operator.publish.RenderedStatus;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One operator process: the production code that serves claims, with caches that lag and threads that the baton goes to. */
final class SimulatedOperator {
    private static final PortPool POOL = new KubernetesSerialization().unmarshal(Users.POOL, PortPool.class);
    /** How long what is held on an absent node is kept. */
    static final Duration NODE_GRACE = Duration.ofSeconds(30);

    private static final Duration STALL = Duration.ofSeconds(8);
    private static final int WORKERS = 2;
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(20);
    private static final Duration NEVER = Duration.ofDays(1);

    private final String name;
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final List<Baton.Task> tasks = new ArrayList<>();
    private final ServingGate gate;
    private final ClaimTracker tracker = new ClaimTracker();
    private final RequeueTriggers triggers;
    private final ClusterView view;
    private final Ledger ledger;
    private final ClaimService service;
    private final Map<ClaimKey, Claim> claims = new LinkedHashMap<>();
    private final Map<ClaimKey, StoredMap> maps = new LinkedHashMap<>();
    private final Set<ClaimKey> queue = new LinkedHashSet<>();
    private final Set<ClaimKey> beingServed = new LinkedHashSet<>();
    private final List<Later> later = new ArrayList<>();
    private final List<Runnable> news = new ArrayList<>();
    private CompletableFuture<Void> somethingQueued = new CompletableFuture<>();
    private long heardAt;
    private long tickedAt;
    private long sweptAt;
    private final long sweep;
    private long stalledUntil;
    private boolean dead;

    private record Later(long at, Runnable work) {}

    /**
     * Begins to run.
     *
     * @param late gets what is carried out some time later
     * @param standby how long its caches are filled before it begins to lead
     * @param sweeps whether it looks up what its watches have missed, within the time that a history lasts
     */
    SimulatedOperator(
            String name,
            Baton baton,
            SimulatedCluster cluster,
            Supplier<FaultyApi.Fault> faults,
            List<Runnable> late,
            Duration standby,
            boolean sweeps) {
        this.name = name;
        this.baton = baton;
        this.cluster = cluster;
        this.sweep = (sweeps ? SWEEP : NEVER).toNanos();
        FaultyApi api = new FaultyApi(name, baton, cluster, faults, this::crash, this::stall, late);
        Clock clock = new ClusterClock();
        ForeignPorts foreign = new ForeignPorts();
        Listeners listeners = new Listeners(foreign);
        PortIndex portIndex = new PortIndex(clock, foreign, listeners, new EstimatedSize());
        this.gate = new ServingGate(baton);
        this.triggers = new RequeueTriggers(
                gate, tracker, portIndex, new NoPoolNews(), pool -> {}, this::enqueue, Duration.ZERO, baton);
        this.view =
                new ClusterView(nothing(KubernetesClient.class), foreign, listeners, triggers, clock, Duration.ZERO);
        Pools pools = new Pools(view.nodes(), Duration.ZERO, triggers::poolChanged);
        cluster.nodes().forEach(node -> view.nodes().onAdd(node(node)));
        pools.onAdd(POOL);
        this.ledger = new Ledger(
                api.ledger(),
                portIndex::snapshot,
                new Ledger.Identity("ports/portclaim", name, lease -> Optional.empty()),
                new LedgerObserver(),
                baton);
        this.service = new ClaimService(
                new ClaimService.Surroundings(
                        api.claims(),
                        api.maps(),
                        portIndex,
                        ledger,
                        pools,
                        view.nodes(),
                        view.pods(),
                        new Admission(pools, view, 100),
                        (claim, pool, held) -> Optional.empty(),
                        new NoObserver(),
                        new Threads(),
                        NODE_GRACE,
                        clock,
                        baton),
                gate,
                tracker);
        cluster.pods().forEach(this::podCreated);
        hearOfPodsAndNodes();
        begin("ledger", this::writeLedger);
        in(standby, () -> begin("main", service.takeOver()::run));
        for (int i = 0; i < WORKERS; i++) {
            begin("worker", this::work);
        }
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    private void begin(String what, Runnable work) {
        tasks.add(baton.begin(name + "'s " + what, work));
    }

    private void writeLedger() {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = ledger.step();
        }
    }

    boolean isDead() {
        return dead;
    }

    boolean isServing() {
        return !dead && gate.isOpen();
    }

    /** All that it knew is lost; what it has sent is not. */
    void crash() {
        if (!dead) {
            dead = true;
            cluster.note(name + " dies");
            tasks.forEach(Baton.Task::kill);
            later.clear();
        }
    }

    /** It stands still for some time and then goes on as if nothing had been. */
    private void stall() {
        stalledUntil = baton.nanos() + STALL.toNanos();
        tasks.forEach(task -> task.stall(stalledUntil));
    }

    boolean isStalled() {
        return stalledUntil > baton.nanos();
    }

    // JOSDK's part: caches, a queue without doubles, one reconciliation at a time for each name.

    private void enqueue(ClaimKey key) {
        queue.add(key);
        CompletableFuture<Void> waiting = somethingQueued;
        somethingQueued = new CompletableFuture<>();
        waiting.complete(null);
    }

    private void work() {
        while (true) {
            ClaimKey key = next();
            if (key == null) {
                baton.await(somethingQueued);
            } else {
                gate.await();
                serve(key);
            }
        }
    }

    private @Nullable ClaimKey next() {
        for (ClaimKey key : queue) {
            if (!beingServed.contains(key)) {
                queue.remove(key);
                beingServed.add(key);
                return key;
            }
        }
        return null;
    }

    private void serve(ClaimKey key) {
        try {
            Claim claim = claims.get(key);
            if (claim != null) {
                service.server()
                        .tryToServe(claim, () -> maps.get(claim.configMap()))
                        .ifPresent(again -> in(again, () -> enqueue(key)));
            }
        } finally {
            beingServed.remove(key);
            if (queue.contains(key)) {
                enqueue(key);
            }
        }
    }

    private void in(Duration pause, Runnable work) {
        later.add(new Later(baton.nanos() + pause.toNanos(), work));
    }

    // The watches: each step brings the news of one object, in no order across objects.

    boolean hasNews() {
        return !dead && !isStalled() && heardAt != cluster.revision();
    }

    /** The cache gets one object's present state: what was between is skipped, as when a watch is cut and a list comes. */
    void hear(int which) {
        List<Runnable> changes = new ArrayList<>();
        for (Claim claim : cluster.claims()) {
            if (!claim.equals(claims.get(claim.key()))) {
                changes.add(() -> heard(claim));
            }
        }
        for (Claim claim : claims.values()) {
            if (cluster.claim(claim.key()).isEmpty()) {
                changes.add(() -> heardGone(claim));
            }
        }
        for (StoredMap map : cluster.maps()) {
            if (!map.equals(maps.get(map.name()))) {
                changes.add(() -> heard(map));
            }
        }
        for (StoredMap map : maps.values()) {
            if (cluster.map(map.name()).isEmpty()) {
                changes.add(() -> heardGone(map));
            }
        }
        if (changes.isEmpty()) {
            heardAt = cluster.revision();
        } else {
            changes.get(which % changes.size()).run();
        }
    }

    private void heard(Claim claim) {
        Claim before = claims.put(claim.key(), claim);
        if (before != null && !before.uid().equals(claim.uid())) {
            service.releaser().deleted(before.uid(), before.key());
        }
        if (before == null || service.isNews(claim, before)) {
            enqueue(claim.key());
        }
    }

    private void heardGone(Claim claim) {
        claims.remove(claim.key());
        service.releaser().deleted(claim.uid(), claim.key());
    }

    private void heard(StoredMap map) {
        StoredMap before = maps.put(map.name(), map);
        boolean isNews = before == null
                ? service.mapNews().added(map)
                : service.mapNews().changed(map, before);
        if (isNews) {
            MapNews.claimsOf(map).forEach(this::enqueue);
        }
    }

    private void heardGone(StoredMap map) {
        maps.remove(map.name());
        service.mapNews().gone(map);
        MapNews.claimsOf(map).forEach(this::enqueue);
    }

    void podCreated(SimulatedPod pod) {
        news.add(() -> view.pods().onAdd(pod.object()));
    }

    void podEnded(SimulatedPod pod) {
        news.add(() -> view.pods().onDelete(pod.object(), false));
    }

    /** What it hears is what the nodes are then. */
    void nodesChanged() {
        news.add(() -> {
            Set<String> present = Set.copyOf(cluster.nodes());
            for (String name : List.copyOf(new TreeSet<>(view.nodes().names()))) {
                if (!present.contains(name)) {
                    view.nodes().onDelete(node(name), false);
                }
            }
            for (String name : cluster.nodes()) {
                if (!view.nodes().exists(name)) {
                    view.nodes().onAdd(node(name));
                }
            }
        });
    }

    private static Node node(String name) {
        return new NodeBuilder().withNewMetadata().withName(name).endMetadata().build();
    }

    private void hearOfPodsAndNodes() {
        news.forEach(Runnable::run);
        news.clear();
    }

    // Time.

    boolean isTimeUp() {
        return nextTimer() <= baton.nanos();
    }

    /** When it has something to do next, in {@link Baton#nanos}. */
    long nextTimer() {
        if (dead) {
            return Long.MAX_VALUE;
        }
        if (isStalled()) {
            return stalledUntil;
        }
        long next = tickedAt + TICK.toNanos();
        for (Later entry : later) {
            next = Math.min(next, entry.at);
        }
        return next;
    }

    void keepTime() {
        List<Later> due =
                later.stream().filter(entry -> entry.at <= baton.nanos()).toList();
        later.removeAll(due);
        due.forEach(entry -> entry.work.run());
        if (baton.nanos() - tickedAt >= TICK.toNanos()) {
            tickedAt = baton.nanos();
            hearOfPodsAndNodes();
            if (gate.isOpen()) {
                triggers.tick(view.pods(), ledger);
                if (baton.nanos() - sweptAt > sweep) {
                    sweptAt = baton.nanos();
                    service.releaser().sweep(claims::containsKey);
                    tracker.prune();
                    triggers.requeueAllThatWait();
                }
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private final class ClusterClock extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return cluster.now();
        }
    }

    private final class Threads implements Background {
        @Override
        public boolean run(Runnable work) {
            if (!dead) {
                begin("releaser", work);
            }
            return !dead;
        }

        @Override
        public void runAfter(Duration pause, Runnable work) {
            in(pause, () -> run(work));
        }

        @Override
        public boolean finish(Duration atMost) {
            return true;
        }
    }

    private final class LedgerObserver implements Ledger.Observer {
        @Override
        public void committed(int waiters, Duration duration, int bytes) {}

        @Override
        public void unanswered(int waiters, Duration duration) {}

        @Override
        public void lost(String why) {
            cluster.note(name + " is fenced off");
            crash();
        }
    }

    private static final class NoPoolNews implements RequeueTriggers.PoolNews {
        @Override
        public Set<String> ofOtherKinds() {
            return Set.of();
        }

        @Override
        public boolean offerAny(Collection<Slot> slots) {
            return true;
        }
    }

    private static final class NoObserver implements ServingObserver {
        @Override
        public void assigned(String pool) {}

        @Override
        public void ready(Duration afterCreation) {}

        @Override
        public void refused(Reason reason) {}

        @Override
        public void kept() {}

        @Override
        public void failed() {}

        @Override
        public void reported(Claim claim, RenderedStatus now) {}
    }
}
