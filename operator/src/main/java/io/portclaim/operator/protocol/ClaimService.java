package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.publish.BelievedPorts;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** All of the protocol that serves claims, put together. Thread-safe. */
public final class ClaimService {
    private final Surroundings with;
    private final ClaimTracker tracker;
    private final LeadershipBarrier barrier;
    private final ClaimStatusWriter statusWriter;
    private final ConfigMaps configMaps;
    private final DeletedClaimReleaser releaser;
    private final UnclaimedMaps unclaimed;
    private final TakeOver takeOver;
    private final ClaimServer.PodClaims podClaims;
    private final ClaimServer server;
    private final MapNews mapNews;

    /**
     * What serving claims needs.
     *
     * @param claims claims in the API server
     * @param maps ConfigMaps in the API server
     * @param portIndex who holds what
     * @param ledger what makes it durable
     * @param pools the pools
     * @param nodes the nodes
     * @param pods which ConfigMaps pods read
     * @param servedPods the pods with ports of their own
     * @param podClaims says what became of them
     * @param admitter decides which claims are served
     * @param usability finds what keeps a port from being used
     * @param observer is called with what becomes of claims
     * @param background looks up claims that are gone
     * @param nodeGrace how long the ports on an absent node are kept
     * @param restoreGrace how long what a ConfigMap says is kept for a claim that does not exist
     * @param clock the time of the day
     * @param time how time passes
     */
    public record Surroundings(
            ClaimApi claims,
            ConfigMapApi maps,
            PortIndex portIndex,
            Ledger ledger,
            PoolView pools,
            NodeView nodes,
            PodView pods,
            PodsAtTakeOver servedPods,
            PodClaimsMaker podClaims,
            Admitter admitter,
            UsabilityCheck usability,
            ServingObserver observer,
            Background background,
            Duration nodeGrace,
            Duration restoreGrace,
            Clock clock,
            Time time) {}

    /** Makes what serves claims of scope Pod, of what claims share. */
    @FunctionalInterface
    public interface PodClaimsMaker {
        /** Makes it. */
        ClaimServer.PodClaims make(ConfigMaps configMaps, ClaimStatusWriter statusWriter);
    }

    /** Puts the parts together; {@code gate} and {@code tracker} are shared with what watches. */
    public ClaimService(Surroundings with, ServingGate gate, ClaimTracker tracker) {
        this.with = with;
        this.tracker = tracker;
        this.barrier = new LedgerBarrier(with.ledger(), with.time());
        this.statusWriter = new ClaimStatusWriter(with.claims(), tracker, barrier);
        KeyLocks turns = new KeyLocks(with.time());
        UndatedMaps undated = new UndatedMaps();
        MapBelief belief = new MapBelief(with.pools(), with.nodes()::exists);
        this.configMaps = new ConfigMaps(
                with.maps(),
                with.claims(),
                barrier,
                new IndexedPorts(with.portIndex(), with.pools(), with.pods(), undated),
                // Of what an earlier claim of the name left, this ledger need not know the numbers.
                claim -> belief.of(claim, BelievedPorts.Held.ANY),
                with.time());
        this.releaser = new DeletedClaimReleaser(
                with.claims(),
                configMaps,
                turns,
                with.portIndex(),
                with.pools(),
                tracker,
                gate,
                undated,
                with.background());
        this.unclaimed = new UnclaimedMaps(
                with.claims(),
                with.maps(),
                with.portIndex(),
                with.admitter(),
                with.nodes(),
                tracker,
                gate,
                turns,
                releaser::inquire,
                with.restoreGrace(),
                with.time());
        this.takeOver = new TakeOver(
                with.claims(),
                with.maps(),
                with.ledger(),
                with.portIndex(),
                with.pools(),
                with.nodes(),
                with.pods(),
                tracker,
                configMaps,
                releaser,
                unclaimed,
                with.servedPods(),
                gate,
                with.clock(),
                with.time());
        this.podClaims = with.podClaims().make(configMaps, statusWriter);
        this.server = server(turns);
        this.mapNews = new MapNews(configMaps, releaser, unclaimed);
    }

    private ClaimServer server(KeyLocks turns) {
        ClaimDecider decider = new ClaimDecider(
                with.admitter(), with.portIndex(), tracker, with.nodes(), with.clock(), with.nodeGrace());
        ClaimReports reports = new ClaimReports(
                statusWriter, with.usability(), with.portIndex(), releaser, with.observer(), with.clock());
        ClaimWay.Surroundings way = new ClaimWay.Surroundings(
                decider,
                barrier,
                configMaps,
                reports,
                with.portIndex(),
                with.pools(),
                tracker,
                with.observer(),
                with.time());
        return new ClaimServer(tracker, new CacheLag(tracker, with.claims(), barrier), releaser, way, turns, podClaims);
    }

    /** Serves a claim. */
    public ClaimServer server() {
        return server;
    }

    /** Whether a take-over has found the claim in this version, with ports and nothing to do, and it was not served since. */
    public boolean standsAsTakenOver(String uid, ClaimKey key, String version) {
        return tracker.isStanding(key, version)
                && with.portIndex()
                        .allocation(uid)
                        .filter(held -> held.pending() == null)
                        .isPresent();
    }

    /** Whether a take-over has found the claim of this name, in any version, with nothing to do, and it was not served since. */
    public boolean standsAsTakenOver(ClaimKey key) {
        return tracker.isStanding(key);
    }

    /** Releases what claims held that are gone. */
    public DeletedClaimReleaser releaser() {
        return releaser;
    }

    /**
     * Looks for what no watch has brought.
     *
     * @param cachedVersion the resourceVersion of the claim of a name, as the cache has it: of each claim no more is built for this
     * @param requeue is called with the name of each claim that must be served again
     */
    public void sweep(Function<ClaimKey, Optional<String>> cachedVersion, Consumer<ClaimKey> requeue) {
        releaser.sweep(key -> cachedVersion.apply(key).isPresent());
        unclaimed.sweep(key -> cachedVersion.apply(key).isPresent());
        tracker.prune();
        podClaims.prune();
        configMaps.unseen().forEach(requeue);
        requeueStale(cachedVersion, requeue);
    }

    /**
     * An etcd that was set back to before a status was written shows a claim as the cache may still have it: no watch brings that, and
     * the status would be missing until the next take-over.
     */
    private void requeueStale(Function<ClaimKey, Optional<String>> cachedVersion, Consumer<ClaimKey> requeue) {
        tracker.all().stream()
                .map(ClaimTracker.TrackedClaim::key)
                .filter(key -> cachedVersion
                        .apply(key)
                        .filter(version -> tracker.isStale(key, version))
                        .isPresent())
                .forEach(requeue);
    }

    /** The ConfigMaps whose claims do not exist. */
    public UnclaimedMaps unclaimedMaps() {
        return unclaimed;
    }

    /** Begins to lead. */
    public TakeOver takeOver() {
        return takeOver;
    }

    /** Learns what a watch of ConfigMaps says. */
    public MapNews mapNews() {
        return mapNews;
    }

    /**
     * Whether an update of a claim is news: another spec, another claim of the name, or a status that this leader did not
     * write.
     */
    public boolean isNews(Claim now, Claim before) {
        return now.generation() != before.generation()
                || !now.uid().equals(before.uid())
                || (!Objects.equals(now.status(), before.status()) && !tracker.isAsLeft(now));
    }
}
