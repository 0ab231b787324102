package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.metrics.UnusableClaims;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.options.Options;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.CacheLag;
import io.portclaim.operator.protocol.ClaimDecider;
import io.portclaim.operator.protocol.ClaimServer;
import io.portclaim.operator.protocol.ClaimStatusWriter;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.DeletedClaimReleaser;
import io.portclaim.operator.protocol.IndexedPorts;
import io.portclaim.operator.protocol.KeyLocks;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.MapBelief;
import io.portclaim.operator.protocol.NodeView;
import io.portclaim.operator.protocol.Publication;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.ServingObserver;
import io.portclaim.operator.protocol.TakeOver;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.protocol.UndatedMaps;
import io.portclaim.operator.publish.BelievedPorts;
import io.portclaim.operator.threads.Workers;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that serves claims, put together, with the clock that drives it. Thread-safe. */
public final class ClaimServing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimServing.class);
    private static final Duration TICK = Duration.ofMillis(500);
    private static final int RELEASERS = 4;

    private final ServingGate gate;
    private final ClaimTracker tracker;
    private final RequeueTriggers triggers;
    private final UnexplainedListeners unexplained;
    private final DeletedClaimReleaser releaser;
    private final TakeOver takeOver;
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
        LeadershipBarrier commit = this::awaitCommit;
        LiveClaims live = new LiveClaims(parts.requests(), parts.client());
        KeyLocks turns = new KeyLocks(parts.time());
        MapRequests mapRequests = new MapRequests(parts.requests(), parts.client(), parts.clock());
        NodeView nodes = parts.cluster().nodes();
        MapBelief belief = new MapBelief(parts.pools(), nodes::exists);
        UndatedMaps undated = new UndatedMaps();
        ConfigMaps configMaps = new ConfigMaps(
                mapRequests,
                live,
                commit,
                new IndexedPorts(
                        parts.portIndex(), parts.pools(), parts.cluster().pods(), undated),
                // Of what an earlier claim of the name left, this ledger need not know the numbers.
                claim -> belief.of(claim, BelievedPorts.Held.ANY),
                parts.time());
        this.releaser = new DeletedClaimReleaser(
                live,
                configMaps,
                turns,
                parts.portIndex(),
                parts.pools(),
                tracker,
                gate,
                undated,
                new Workers("releaser", RELEASERS));
        this.takeOver = new TakeOver(
                live,
                mapRequests,
                parts.ledger(),
                parts.portIndex(),
                parts.pools(),
                nodes,
                parts.cluster().pods(),
                tracker,
                releaser,
                gate,
                parts.clock(),
                parts.time());
        ClaimDecider decider = new ClaimDecider(
                new Admission(parts.pools(), parts.cluster(), options.get(Options.MAX_NODES_PER_CLAIM)),
                parts.portIndex(),
                tracker,
                nodes,
                parts.clock(),
                options.get(Options.NODE_GRACE));
        ServingObserver observer =
                new ServedClaims(parts.metrics(), new WarningEvents(parts.client(), parts.clock()), triggers::poolUsed);
        Publication publication = new Publication(
                commit,
                configMaps,
                new ClaimStatusWriter(live, tracker, commit),
                new Usability(parts.pools(), parts.cluster(), parts.foreign(), parts.listeners(), unexplained, tracker),
                parts.portIndex(),
                parts.pools(),
                releaser,
                tracker,
                observer,
                parts.clock(),
                parts.time());
        ClaimServer server = new ClaimServer(
                tracker,
                new CacheLag(tracker, live, commit),
                releaser,
                decider,
                publication,
                configMaps,
                turns,
                observer,
                parts.time());
        this.reconciler =
                new ClaimReconciler(gate, tracker, server, releaser, triggers, requeues, configMaps, parts.metrics());
    }

    private void awaitCommit() {
        try {
            ledger.commit().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof LeadershipLost lost ? lost : e;
        }
    }

    /** What JOSDK calls. */
    public ClaimReconciler reconciler() {
        return reconciler;
    }

    /** Whether an update of a claim concerns anyone. */
    public boolean isNews(PortClaim now, PortClaim before) {
        return reconciler.isNews(now, before);
    }

    /** Takes over, and from then on lets time pass. */
    public void lead() {
        // No time has passed on a standby.
        cluster.advance();
        takeOver.run();
        if (gate.isOpen()) {
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
            triggers.tick(cluster.pods(), ledger);
        } catch (RuntimeException | Error e) {
            LOG.error("A tick failed; the next one goes on", e);
        }
    }

    private void sweep() {
        try {
            releaser.sweep(reconciler::isCached);
            tracker.prune();
            unexplained.prune(uid -> tracker.get(uid).isPresent());
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

    /** How many claims hold ports that can't be used, by pool and reason. */
    public Map<UnusableClaims, Long> unusable() {
        return tracker.all().stream()
                .flatMap(tracked -> Stream.ofNullable(tracked.unusable())
                        .map(reason -> new UnusableClaims(Objects.requireNonNullElse(tracked.pool(), ""), reason)))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    /** Serves nobody any more. What was heard of claims that are gone is still dealt with, until {@link #close}. */
    public void stopServing() {
        takeOver.stop();
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
        releaser.close();
    }
}
