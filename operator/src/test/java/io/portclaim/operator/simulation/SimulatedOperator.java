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
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimService;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.LedgerBarrier;
import io.portclaim.operator.protocol.ServingGate;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** One operator process: the production code that serves claims, with caches that lag and threads that the baton goes to. */
public final class SimulatedOperator {
    /** The pool of claims alone. */
    static final PortPool POOL = new KubernetesSerialization().unmarshal(Users.POOL, PortPool.class);
    /** How long what is held on an absent node is kept. */
    public static final Duration NODE_GRACE = Duration.ofSeconds(30);

    /** How long what a ConfigMap says is kept for a claim to come. */
    private static final Duration RESTORE_GRACE = Duration.ofSeconds(9);

    private static final int WORKERS = 2;
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(20);
    /** Not while users are busy. */
    private static final Duration SELDOM = Duration.ofSeconds(60);

    private final String name;
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final SimulatedProcess process;
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
    private long tickedAt;
    private long sweptAt;
    private final long sweep;

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
        this.process = new SimulatedProcess(name, baton, cluster::note);
        this.queue = new SimulatedQueue(baton);
        this.sweep = (habits.sweeps ? SWEEP : SELDOM).toNanos();
        FaultyCalls faulty = new FaultyCalls(name, baton, cluster::note, calls, process::crash, process::stall, late);
        FaultyApi api = new FaultyApi(cluster, faulty);
        Clock clock = new SkewedClock(cluster::now, habits.skew);
        ForeignPorts foreign = new ForeignPorts();
        Listeners listeners = new Listeners(foreign, clock);
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
        this.pods = podSide.make(new PodSide.Parts(
                faulty,
                portIndex,
                pools,
                foreign,
                view,
                admission,
                this::cached,
                new LedgerBarrier(ledger, baton),
                process,
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
                        process,
                        NODE_GRACE,
                        RESTORE_GRACE,
                        clock,
                        baton),
                gate,
                tracker);
        this.caches = new SimulatedCaches(cluster, service, queue, habits.cacheLag, habits.mapsFirst);
        process.begin("ledger", this::writeLedger);
        process.in(habits.standby, () -> process.begin("main", service.takeOver()::run));
        for (int i = 0; i < WORKERS; i++) {
            process.begin("worker", () -> queue.work(gate::await, this::serve));
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

    private void writeLedger() {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = ledger.step();
        }
    }

    public boolean isDead() {
        return process.isDead();
    }

    /** All that it knew is lost; what it has sent is not. */
    public void crash() {
        process.crash();
    }

    public boolean isStalled() {
        return process.isStalled();
    }

    private boolean isRunning() {
        return !process.isDead() && !process.isStalled();
    }

    private void serve(ClaimKey key) {
        Claim claim = caches.claim(key);
        if (claim != null) {
            service.server()
                    .tryToServe(claim, () -> caches.map(claim.configMap()))
                    .ifPresent(again -> process.in(again, () -> queue.add(key)));
        }
    }

    public boolean hasNews() {
        return isRunning() && caches.areBehind(baton.nanos());
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
        return isRunning() && pods.hasNews();
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

    /** Its watches go on from a version that etcd has not reached yet, until then at most, in {@link Baton#nanos}. */
    void waitForTheFuture(long until) {
        caches.waitForTheFuture(until);
    }

    public PodAndNodeNews news() {
        return news;
    }

    // Time.

    public boolean isTimeUp() {
        return isRunning() && (tickedAt + TICK.toNanos() <= baton.nanos() || process.isAnyDue());
    }

    /** When it has something to do next, in {@link Baton#nanos}. */
    public long nextTimer() {
        if (isDead()) {
            return Long.MAX_VALUE;
        }
        if (isStalled()) {
            return process.stalledUntil();
        }
        long next = Math.min(tickedAt + TICK.toNanos(), process.next());
        if (pods.hasNews() && pods.overdueAt() > baton.nanos()) {
            next = Math.min(next, pods.overdueAt());
        }
        if (hasNews() && !isOverdue()) {
            next = Math.min(next, caches.overdueAt());
        }
        return next;
    }

    public void keepTime() {
        process.doDue();
        if (baton.nanos() - tickedAt >= TICK.toNanos()) {
            tickedAt = baton.nanos();
            news.hear();
            if (gate.isOpen()) {
                if (triggers.tick(view.pods(), ledger)) {
                    pods.slotsMayBeFree();
                }
                if (baton.nanos() - sweptAt > sweep) {
                    sweptAt = baton.nanos();
                    service.sweep(key -> cached(key).map(Claim::version), queue::add);
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
