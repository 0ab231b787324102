package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.metrics.UnusableClaims;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.options.NamespaceSet;
import io.portclaim.operator.options.Options;
import io.portclaim.operator.pod.PodServing;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimService;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.LedgerBarrier;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.ServingObserver;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.protocol.pods.PodClaimServer;
import io.portclaim.operator.threads.Workers;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that serves claims, put together, with the clock that drives it. Thread-safe. */
public final class ClaimServing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimServing.class);
    private static final Duration TICK = Duration.ofMillis(500);
    /** Each waits for a write of the ledger, which all that wait have in common. */
    private static final int RELEASERS = 32;

    private static final int TOUCHERS = 4;

    private final ServingGate gate;
    private final ClaimTracker tracker;
    private final RequeueTriggers triggers;
    private final UnexplainedListeners unexplained;
    private final ClaimService service;
    private final PodServing pods;
    private final ClaimReconciler reconciler;
    private final Ledger ledger;
    private final ClusterView cluster;
    private final Options options;
    private final Time time;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread ticker;

    /**
     * What serving claims needs.
     *
     * @param client for reads and writes
     * @param caches what is kept of claims and ConfigMaps
     * @param requests for the writes that every claim costs
     * @param portIndex the index
     * @param ledger what makes it durable
     * @param cluster what is known of nodes, pods and Services
     * @param foreign the ports that others declare
     * @param listeners the ports that processes on the nodes listen on
     * @param pools the pools
     * @param metrics what is counted
     * @param clock the time of the day
     * @param time how time passes
     */
    public record Parts(
            KubernetesClient client,
            ClaimCaches caches,
            Requests requests,
            PortIndex portIndex,
            Ledger ledger,
            ClusterView cluster,
            ForeignPorts foreign,
            Listeners listeners,
            Pools pools,
            OperatorMetrics metrics,
            Clock clock,
            Time time) {}

    /** Puts the parts together; {@code gate}, {@code tracker}, {@code triggers} and {@code requeues} are shared with what watches. */
    public ClaimServing(
            Parts parts,
            ServingGate gate,
            ClaimTracker tracker,
            RequeueTriggers triggers,
            RequeueSource requeues,
            Options options) {
        this.gate = gate;
        this.tracker = tracker;
        this.triggers = triggers;
        this.unexplained = new UnexplainedListeners(parts.clock());
        this.ledger = parts.ledger();
        this.cluster = parts.cluster();
        this.options = options;
        this.time = parts.time();
        this.ticker = new Thread(this::keepTime, "ticker");
        ticker.setDaemon(true);
        Admission admission = new Admission(
                parts.pools(),
                parts.cluster(),
                options.get(Options.MAX_NODES_PER_CLAIM),
                options.get(Options.POD_SCOPE_IN)::contains,
                triggers);
        ServingObserver observer =
                new ServedClaims(parts.metrics(), new WarningEvents(parts.client(), parts.clock()), triggers::poolUsed);
        ClaimListing listing = new ClaimListing(parts.client(), parts.requests(), parts.caches());
        LeadershipBarrier commit = new LedgerBarrier(parts.ledger(), parts.time());
        this.pods = pods(parts, admission, commit);
        this.service = new ClaimService(
                new ClaimService.Surroundings(
                        new LiveClaims(parts.requests(), parts.client(), listing),
                        new MapRequests(
                                parts.requests(), parts.client(), listing, parts.clock(), touches(parts, options)),
                        parts.portIndex(),
                        parts.ledger(),
                        parts.pools(),
                        parts.cluster().nodes(),
                        parts.cluster().pods(),
                        pods.service(),
                        (maps, statuses) -> new PodClaimServer(
                                pods.service(),
                                admission,
                                commit,
                                maps,
                                statuses,
                                tracker,
                                observer,
                                parts.clock(),
                                parts.time()),
                        admission,
                        new Usability(
                                parts.pools(),
                                parts.cluster(),
                                parts.foreign(),
                                parts.listeners(),
                                unexplained,
                                tracker),
                        observer,
                        new Workers("releaser", RELEASERS),
                        options.get(Options.NODE_GRACE),
                        options.get(Options.RESTORE_GRACE),
                        parts.clock(),
                        parts.time()),
                gate,
                tracker);
        ClaimTurns turns = new ClaimTurns(options.workers(), triggers::requeue, parts.time());
        this.reconciler =
                new ClaimReconciler(gate, service, parts.caches().maps(), triggers, requeues, parts.metrics(), turns);
    }

    private PodServing pods(Parts parts, Admission admission, LeadershipBarrier commit) {
        return new PodServing(
                new PodServing.Parts(
                        parts.client(),
                        parts.requests(),
                        parts.portIndex(),
                        parts.cluster(),
                        parts.foreign(),
                        parts.pools(),
                        parts.metrics(),
                        parts.clock()),
                this::cachedClaim,
                admission,
                commit,
                triggers::podChanged,
                triggers::poolUsed,
                options.get(Options.POD_SCOPE_IN),
                gate);
    }

    private Optional<Claim> cachedClaim(ClaimKey key) {
        return reconciler.cached(key);
    }

    private static Consumer<ClaimKey> touches(Parts parts, Options options) {
        NamespaceSet namespaces = options.get(Options.TOUCH_PODS_IN);
        if (namespaces.isEmpty()) {
            return map -> {};
        }
        PodTouches touches = new PodTouches(
                parts.requests(),
                parts.cluster().pods().waiting(),
                new Workers("pod touches", TOUCHERS),
                parts.clock());
        return map -> {
            if (namespaces.contains(map.namespace())) {
                touches.written(map);
            }
        };
    }

    /** What JOSDK calls. */
    public ClaimReconciler reconciler() {
        return reconciler;
    }

    /** Whether a claim that is there concerns this process: a standby looks at all of them once it leads. */
    public boolean concerns(PortClaim added) {
        return gate.isOpen();
    }

    /** Whether an update of a claim concerns this process. */
    public boolean isNews(PortClaim now, PortClaim before) {
        return gate.isOpen() && service.isNews(Claims.of(now), Claims.of(before));
    }

    /** Takes over, and from then on lets time pass. */
    public void lead() {
        // No time has passed on a standby.
        cluster.advance();
        service.takeOver().run();
        if (gate.isOpen()) {
            reconciler.lookAtAll();
            triggers.concernAllPools();
            ticker.start();
        }
    }

    /** What keeps time: a thread that ticks, and now and then sweeps. */
    private void keepTime() {
        Duration sweep = options.get(Options.SWEEP_INTERVAL);
        long sweptAt = time.nanos();
        while (gate.isOpen()) {
            tick();
            if (time.nanos() - sweptAt > sweep.toNanos()) {
                sweep();
                sweptAt = time.nanos();
            }
            if (isClosedAfter(TICK)) {
                return;
            }
        }
    }

    private boolean isClosedAfter(Duration pause) {
        try {
            return closed.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void tick() {
        try {
            cluster.advance();
            unexplained.due().forEach(triggers::requeue);
            reconciler.tick();
            if (triggers.tick(cluster.pods(), ledger)) {
                pods.service().slotsMayBeFree();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("A tick failed; the next one goes on", e);
        }
    }

    private void sweep() {
        try {
            service.sweep(reconciler::cachedVersion, triggers::requeue);
            pods.sweep();
            unexplained.prune(uid -> tracker.get(uid).isPresent());
            triggers.prune();
            triggers.requeueAllThatWait();
        } catch (RuntimeException | Error e) {
            LOG.error("A sweep failed; the next one goes on", e);
        }
    }

    /** How many claims are in each phase. */
    public Map<Phase, Long> phases() {
        return Arrays.stream(Phase.values())
                .collect(Collectors.toMap(
                        Function.identity(),
                        phase -> tracker.all().stream()
                                .filter(tracked -> tracked.phase() == phase)
                                .count()));
    }

    /** How many claims wait, by reason. */
    public Map<Reason, Long> waiting() {
        return tracker.all().stream()
                .map(ClaimTracker.TrackedClaim::waitsFor)
                .filter(Objects::nonNull)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** How many ConfigMaps have outlived what was kept for their claims, which do not exist. */
    public long unclaimedMaps() {
        return service.unclaimedMaps().left();
    }

    /** How many pods have ports of their own, and how many wait for them. */
    public PodCounts podCounts() {
        return pods.service().counts();
    }

    /** How many claims hold ports that can't be used, by pool and reason. */
    public Map<UnusableClaims, Long> unusable() {
        return tracker.all().stream()
                .flatMap(tracked -> Stream.ofNullable(tracked.unusable())
                        .map(reason -> new UnusableClaims(Objects.requireNonNullElse(tracked.pool(), ""), reason)))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** Serves nobody any more. What was heard of claims that are gone is still dealt with, until {@link #close}. */
    public void stopServing() {
        service.takeOver().stop();
        gate.close();
        closed.countDown();
    }

    /**
     * Releases what claims held of which is heard that they are gone. Takes some seconds at most. To be called when nothing
     * more is heard, and before the ledger is written for the last time.
     */
    @Override
    public void close() {
        stopServing();
        service.releaser().close();
    }
}
