package io.portclaim.operator.simulation;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
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
import io.portclaim.operator.protocol.LedgerBarrier;
import io.portclaim.operator.protocol.ServingGate;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** One operator process: the production code that serves claims, with caches that lag and threads that the baton goes to. */
public final class SimulatedOperator {
    private static final PortPool POOL = new KubernetesSerialization().unmarshal(Users.POOL, PortPool.class);
    /** How long what is held on an absent node is kept. */
    public static final Duration NODE_GRACE = Duration.ofSeconds(30);

    private static final int WORKERS = 2;
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(20);
    /** Not while users are busy. */
    private static final Duration SELDOM = Duration.ofSeconds(60);

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
    private final SimulatedQueue queue;
    private final SimulatedCaches caches;
    private final Pools pools;
    private final PodSide pods;
    private final PodAndNodeNews news;
    private final List<Later> later = new ArrayList<>();
    private long tickedAt;
    private long sweptAt;
    private final long sweep;
    private long stalledUntil;
    private boolean dead;

    private record Later(long at, Runnable work) {}

    /**
     * How it is.
     *
     * @param standby how long its caches are filled before it begins to lead
     * @param lag how late at most it hears of pods and nodes
     * @param cacheLag how late at most it hears of claims and ConfigMaps
     * @param mapsFirst whether it hears of claims only when nothing is to be heard of ConfigMaps
     * @param sweeps whether it looks up early what its watches have missed
     * @param skew how far its clock is ahead of the API server's
     */
    public record Habits(
            Duration standby, Duration lag, Duration cacheLag, boolean mapsFirst, boolean sweeps, Duration skew) {}

    /** Begins to run; {@code late} gets what is carried out some time later. */
    SimulatedOperator(
            String name,
            Baton baton,
            SimulatedCluster cluster,
            Random random,
            FaultyCalls.Calls calls,
            LateRequests late,
            Habits habits) {
        this(name, baton, cluster, random, calls, late, habits, POOL, parts -> new NoPods());
    }

    /** The same, which also serves pods, from another pool. */
    public SimulatedOperator(
            String name,
            Baton baton,
            SimulatedCluster cluster,
            Random random,
            FaultyCalls.Calls calls,
            LateRequests late,
            Habits habits,
            PortPool pool,
            PodSide.Maker podSide) {
        this.name = name;
        this.baton = baton;
        this.cluster = cluster;
        this.queue = new SimulatedQueue(baton);
        this.sweep = (habits.sweeps ? SWEEP : SELDOM).toNanos();
        FaultyCalls faulty = new FaultyCalls(name, baton, cluster::note, calls, this::crash, this::stall, late);
        FaultyApi api = new FaultyApi(cluster, faulty);
        Clock clock = new SkewedClock(habits.skew);
        ForeignPorts foreign = new ForeignPorts();
        Listeners listeners = new Listeners(foreign);
        PortIndex portIndex = new PortIndex(clock, foreign, listeners, new EstimatedSize());
        this.gate = new ServingGate(baton);
        this.triggers = new RequeueTriggers(
                gate, tracker, portIndex, this::pools, used -> {}, queue::add, Duration.ZERO, baton);
        this.view =
                new ClusterView(nothing(KubernetesClient.class), foreign, listeners, triggers, clock, Duration.ZERO);
        this.pools = new Pools(view.nodes(), Duration.ZERO, triggers::poolChanged);
        this.news = new PodAndNodeNews(baton, cluster, view, random, habits.lag);
        pools.onAdd(pool);
        this.ledger = new Ledger(
                api.ledger(),
                portIndex::snapshot,
                new Ledger.Identity("ports/portclaim", name, lease -> Optional.empty()),
                new LedgerObserver(),
                baton);
        Admission admission = new Admission(pools, view, 100, namespace -> true, triggers);
        Background background = new Threads();
        this.pods = podSide.make(new PodSide.Parts(
                faulty,
                portIndex,
                pools,
                foreign,
                view,
                admission,
                this::cached,
                new LedgerBarrier(ledger, baton),
                background,
                gate));
        this.service = new ClaimService(
                new ClaimService.Surroundings(
                        api.claims(),
                        api.maps(),
                        portIndex,
                        ledger,
                        pools,
                        view.nodes(),
                        view.pods(),
                        pods.takeOver(),
                        (maps, statuses) -> (claim, cached) -> servePods(claim),
                        admission,
                        (claim, of, held) -> Optional.empty(),
                        new NoObserver(),
                        background,
                        NODE_GRACE,
                        clock,
                        baton),
                gate,
                tracker);
        this.caches = new SimulatedCaches(cluster, service, queue, habits.cacheLag, habits.mapsFirst);
        begin("ledger", this::writeLedger);
        in(habits.standby, () -> begin("main", service.takeOver()::run));
        for (int i = 0; i < WORKERS; i++) {
            begin("worker", () -> queue.work(gate::await, this::serve));
        }
    }

    private Pools pools() {
        return pools;
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    private Optional<Claim> cached(ClaimKey key) {
        return Optional.ofNullable(caches.claim(key));
    }

    private Optional<Duration> servePods(Claim claim) {
        pods.claimChanged(claim.key());
        return Optional.empty();
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

    public boolean isDead() {
        return dead;
    }

    /** All that it knew is lost; what it has sent is not. */
    public void crash() {
        if (!dead) {
            dead = true;
            cluster.note(name + " dies");
            tasks.forEach(Baton.Task::kill);
            later.clear();
        }
    }

    /** It stands still for some time and then goes on as if nothing had been. */
    private void stall(Duration duration) {
        stalledUntil = baton.nanos() + duration.toNanos();
        tasks.forEach(task -> task.stall(stalledUntil));
    }

    public boolean isStalled() {
        return stalledUntil > baton.nanos();
    }

    private void serve(ClaimKey key) {
        Claim claim = caches.claim(key);
        if (claim != null) {
            service.server()
                    .tryToServe(claim, () -> caches.map(claim.configMap()))
                    .ifPresent(again -> in(again, () -> queue.add(key)));
        }
    }

    private void in(Duration pause, Runnable work) {
        later.add(new Later(baton.nanos() + pause.toNanos(), work));
    }

    public boolean hasNews() {
        return !dead && !isStalled() && caches.areBehind(baton.nanos());
    }

    /** Whether its watches are as late as they may be. */
    public boolean isOverdue() {
        return hasNews() && caches.overdueAt() <= baton.nanos();
    }

    /** Hears of one object. */
    public void hear(int which) {
        caches.hear(which);
    }

    /** Whether it has not heard of all that happened to pods. */
    public boolean hasPodNews() {
        return !dead && !isStalled() && pods.hasNews();
    }

    /** Whether its watch of pods is as late as it may be. */
    public boolean isPodNewsOverdue() {
        return hasPodNews() && pods.overdueAt() <= baton.nanos();
    }

    /** Hears of one thing that happened to a pod. */
    public void hearOfPod() {
        pods.hear();
    }

    /** From now on its watches bring only news of these. */
    void hearOnlyOf(boolean ofClaims, boolean ofMaps) {
        caches.hearOnlyOf(ofClaims, ofMaps);
    }

    public PodAndNodeNews news() {
        return news;
    }

    // Time.

    public boolean isTimeUp() {
        return !dead
                && !isStalled()
                && (tickedAt + TICK.toNanos() <= baton.nanos()
                        || later.stream().anyMatch(entry -> entry.at <= baton.nanos()));
    }

    /** When it has something to do next, in {@link Baton#nanos}. */
    public long nextTimer() {
        if (dead) {
            return Long.MAX_VALUE;
        }
        if (isStalled()) {
            return stalledUntil;
        }
        long next = tickedAt + TICK.toNanos();
        if (pods.hasNews() && pods.overdueAt() > baton.nanos()) {
            next = Math.min(next, pods.overdueAt());
        }
        if (hasNews() && !isOverdue()) {
            next = Math.min(next, caches.overdueAt());
        }
        for (Later entry : later) {
            next = Math.min(next, entry.at);
        }
        return next;
    }

    public void keepTime() {
        List<Later> due =
                later.stream().filter(entry -> entry.at <= baton.nanos()).toList();
        later.removeAll(due);
        due.forEach(entry -> entry.work.run());
        if (baton.nanos() - tickedAt >= TICK.toNanos()) {
            tickedAt = baton.nanos();
            news.hear();
            if (gate.isOpen()) {
                if (triggers.tick(view.pods(), ledger)) {
                    pods.slotsMayBeFree();
                }
                if (baton.nanos() - sweptAt > sweep) {
                    sweptAt = baton.nanos();
                    service.sweep(key -> caches.claim(key) != null, queue::add);
                    pods.sweep();
                    triggers.requeueAllThatWait();
                }
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private final class SkewedClock extends Clock {
        private final Duration skew;

        SkewedClock(Duration skew) {
            this.skew = skew;
        }

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
            return cluster.now().plus(skew);
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
}
