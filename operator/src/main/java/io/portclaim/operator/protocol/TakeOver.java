package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins to lead: fences off whoever led before, and only then lists what every claim holds, so that a late write of the
 * old leader says nothing that the list does not, or that the ledger does not. Then claims are served.
 */
public final class TakeOver {
    private static final Logger LOG = LoggerFactory.getLogger(TakeOver.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ClaimApi claims;
    private final ConfigMapApi maps;
    private final Ledger ledger;
    private final PortIndex portIndex;
    private final PoolView pools;
    private final NodeView nodes;
    private final PodView pods;
    private final ClaimTracker tracker;
    private final ConfigMaps configMaps;
    private final DeletedClaimReleaser releaser;
    private final UnclaimedMaps unclaimed;
    private final PodsAtTakeOver servedPods;
    private final ServingGate gate;
    private final Clock clock;
    private final Time time;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    /** Fills {@code portIndex} and opens {@code gate}. */
    public TakeOver(
            ClaimApi claims,
            ConfigMapApi maps,
            Ledger ledger,
            PortIndex portIndex,
            PoolView pools,
            NodeView nodes,
            PodView pods,
            ClaimTracker tracker,
            ConfigMaps configMaps,
            DeletedClaimReleaser releaser,
            UnclaimedMaps unclaimed,
            PodsAtTakeOver servedPods,
            ServingGate gate,
            Clock clock,
            Time time) {
        this.claims = claims;
        this.maps = maps;
        this.ledger = ledger;
        this.portIndex = portIndex;
        this.pools = pools;
        this.nodes = nodes;
        this.pods = pods;
        this.tracker = tracker;
        this.configMaps = configMaps;
        this.releaser = releaser;
        this.unclaimed = unclaimed;
        this.servedPods = servedPods;
        this.gate = gate;
        this.clock = clock;
        this.time = time;
    }

    /** Runs until claims are served, or {@link #stop} is called. */
    public void run() {
        Snapshot content = untilDone("waiting for the ledger", ledger::fence);
        if (content == null) {
            return;
        }
        gate.beginLoading();
        long started = time.nanos();
        FoundClaims found = untilDone("listing the claims", () -> list(content));
        if (found == null) {
            return;
        }
        Recovery.Result result =
                new Recovery(portIndex, pools, clock.instant(), found.result(maps.now())).load(content);
        // A claim that has lost its ports gets new ones only when it is created again.
        found.conflicts().forEach(portIndex::markConflicted);
        tracker.standing(found.standing());
        if (untilDone("listing the names of ConfigMaps", () -> findVanishedMaps(found)) == null) {
            return;
        }
        report(result);
        keepForClaimsToCome(found, result.orphans());
        releaser.removeOrphans(result.orphans());
        releaser.lookFor(found.maps());
        servedPods.restored(result.doubled());
        gate.open();
        servedPods.begin();
        LOG.info(
                "PortLedger cluster: taken over; {} claims found, {} hold ports, {} pods hold ports, {} decisions to publish, {} releases blocked or cooling, in {} ms",
                found.size(),
                portIndex.holdings().size(),
                portIndex.pods().all().size(),
                content.pending().size(),
                portIndex.unfinishedReleases(),
                Duration.ofNanos(time.nanos() - started).toMillis());
    }

    /** Gives up waiting. */
    public void stop() {
        stopped.complete(null);
    }

    private interface Step<T> {
        T run() throws IOException, RuledByOther;
    }

    /** Tries for as long as it takes: without the API server there is nothing else to do. */
    private <T> @Nullable T untilDone(String what, Step<T> step) {
        gate.waitFor(what);
        String reported = "";
        while (!stopped.isDone()) {
            try {
                return step.run();
            } catch (RuledByOther | IOException e) {
                String why = String.valueOf(e.getMessage());
                gate.waitFor(why);
                if (!why.equals(reported)) {
                    LOG.warn("PortLedger cluster: {}", why);
                    reported = why;
                }
            }
            if (isStoppedAfterPause()) {
                return null;
            }
        }
        return null;
    }

    private boolean isStoppedAfterPause() {
        try {
            return time.await(stopped, PAUSE);
        } catch (LeadershipLost e) {
            return true;
        }
    }

    private FoundClaims list(Snapshot content) throws IOException {
        FoundClaims found = new FoundClaims(pools, nodes.names(), content, unclaimed::ports);
        // Both at once: each may have to wait for the API server.
        Listing<FoundClaim> allClaims = claims.list(found::of);
        Listing<FoundMap> allMaps = maps.list(FoundMap::of);
        // The API server takes a second or two to answer, and the caches as long to be read where there are many.
        allClaims.prepare();
        allMaps.prepare();
        allClaims.forEach(claim -> {
            tracker.listed(claim.allocation().key(), claim.allocation().version());
            found.add(claim);
        });
        servedPods.list().forEach(found::add);
        allMaps.forEach(map -> {
            configMaps.listed(map);
            found.add(map);
        });
        // One at a time: each may take a mebibyte.
        for (ClaimKey name : found.unread()) {
            Optional<PresentMap> map = read(name);
            try {
                map.map(FoundMap::of).ifPresent(found::add);
            } catch (IllegalStateException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        return found;
    }

    private Optional<PresentMap> read(ClaimKey name) throws IOException {
        try {
            return Optional.ofNullable(maps.read(name).map());
        } catch (IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        } catch (UncheckedIOException e) {
            // No answer came; the take-over tries again.
            throw e.getCause();
        }
    }

    /** Where the ledger does not say who may have read a released number, it is whoever reads a ConfigMap that is gone. */
    private Set<ClaimKey> findVanishedMaps(FoundClaims found) throws IOException {
        Set<ClaimKey> vanished = new HashSet<>();
        if (portIndex.hasReleasesOfUnknownMaps()) {
            vanished.addAll(pods.requiredMaps());
            vanished.removeAll(maps.names());
            pods.suspects(vanished, found.mapIds());
        }
        return vanished;
    }

    /** Last, after all that somebody holds or may still use. */
    private void keepForClaimsToCome(FoundClaims found, List<Recovery.Orphan> served) {
        Set<ClaimKey> deleted = served.stream()
                .map(orphan -> new ClaimKey(orphan.key().namespace(), orphan.name()))
                .collect(Collectors.toSet());
        found.unclaimed().stream()
                .filter(map -> !deleted.contains(map.map()))
                .forEach(map -> unclaimed.keep(map.map(), map.identity(), map.ports()));
    }

    private static void report(Recovery.Result result) {
        result.superseded()
                .forEach(entry -> LOG.warn(
                        "{} {}: a decision in the ledger is older than what its status or annotations say and does not stand, as where the ledger was restored: {}",
                        entry.key().isPod() ? "Pod" : "PortClaim",
                        entry.key(),
                        entry.current().byPlace()));
        List<Recovery.Orphan> orphans = result.orphans();
        orphans.forEach(orphan -> LOG.warn(
                "PortClaim {}: is gone and its ConfigMap {} is not; it is deleted, and blocks the ports until then",
                orphan.key(),
                orphan.name()));
    }
}
