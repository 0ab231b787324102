package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.RuledByOther;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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

    private final ClaimListing listing;
    private final Ledger ledger;
    private final PortIndex portIndex;
    private final Pools pools;
    private final ClusterView cluster;
    private final ClaimTracker tracker;
    private final DeletedClaimReleaser releaser;
    private final ServingGate gate;
    private final Clock clock;
    private final Supplier<Instant> serverTime;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * Fills {@code portIndex} and opens {@code gate}.
     *
     * @param serverTime the API server's clock
     */
    TakeOver(
            ClaimListing listing,
            Ledger ledger,
            PortIndex portIndex,
            Pools pools,
            ClusterView cluster,
            ClaimTracker tracker,
            DeletedClaimReleaser releaser,
            ServingGate gate,
            Clock clock,
            Supplier<Instant> serverTime) {
        this.listing = listing;
        this.ledger = ledger;
        this.portIndex = portIndex;
        this.pools = pools;
        this.cluster = cluster;
        this.tracker = tracker;
        this.releaser = releaser;
        this.gate = gate;
        this.clock = clock;
        this.serverTime = serverTime;
    }

    /** Runs until claims are served, or {@link #stop} is called. */
    public void run() {
        Snapshot content = untilDone("waiting for the ledger", ledger::fence);
        if (content == null) {
            return;
        }
        gate.beginLoading();
        long started = System.nanoTime();
        FoundClaims found = untilDone("listing the claims", () -> list(content));
        if (found == null) {
            return;
        }
        Recovery.Result result =
                new Recovery(portIndex, pools, clock.instant(), found.result(serverTime.get())).load(content);
        found.claims().forEach(this::keepConflicted);
        if (untilDone("listing the names of ConfigMaps", () -> findVanishedMaps(found)) == null) {
            return;
        }
        report(result);
        releaser.removeOrphans(result.orphans());
        gate.open();
        LOG.info(
                "PortLedger cluster: taken over; {} claims listed, {} hold ports, {} decisions to publish, {} releases blocked or cooling, in {} ms",
                found.claims().size(),
                portIndex.holdings().size(),
                content.pending().size(),
                portIndex.unfinishedReleases(),
                Duration.ofNanos(System.nanoTime() - started).toMillis());
    }

    /** Gives up waiting. */
    public void stop() {
        stopped.countDown();
    }

    private interface Step<T> {
        T run() throws IOException, RuledByOther;
    }

    /** Tries for as long as it takes: without the API server there is nothing else to do. */
    private <T> @Nullable T untilDone(String what, Step<T> step) {
        gate.waitFor(what);
        String reported = "";
        while (stopped.getCount() > 0) {
            try {
                return step.run();
            } catch (RuledByOther | IOException | KubernetesClientException e) {
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
            return stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private FoundClaims list(Snapshot content) throws IOException {
        FoundClaims found = new FoundClaims(pools, cluster.nodes().all().keySet(), content);
        listing.claims(object -> {
            Claim claim = Claims.of(object);
            tracker.seen(claim);
            found.add(claim);
        });
        listing.configMaps(found::add);
        // One at a time: each may take a mebibyte.
        for (ClaimKey name : found.unread()) {
            listing.configMap(name).ifPresent(found::add);
        }
        return found;
    }

    /** Where the ledger does not say who may have read a released number, it is whoever reads a ConfigMap that is gone. */
    private Set<ClaimKey> findVanishedMaps(FoundClaims found) throws IOException {
        Set<ClaimKey> vanished = new HashSet<>();
        if (portIndex.hasReleasesOfUnknownMaps()) {
            vanished.addAll(cluster.pods().requiredMaps());
            vanished.removeAll(listing.configMapNames());
            cluster.pods().suspects(vanished, found.maps());
        }
        return vanished;
    }

    private static void report(Recovery.Result result) {
        result.superseded()
                .forEach(entry -> LOG.warn(
                        "PortClaim {}: a decision in the ledger is older than the claim's status and does not stand, as where the ledger was restored: {}",
                        entry.key(),
                        entry.current().byPlace()));
        List<Recovery.Orphan> orphans = result.orphans();
        orphans.forEach(orphan -> LOG.warn(
                "PortClaim {}: is gone and its ConfigMap {} is not; it is deleted, and blocks the ports until then",
                orphan.key(),
                orphan.name()));
    }

    /** A claim that has lost its ports gets new ones only when it is made again. */
    private void keepConflicted(Claim claim) {
        PortClaimStatus status = claim.status();
        if (status != null && status.phase() == Phase.CONFLICTED) {
            portIndex.markConflicted(claim.uid(), readyMessage(status));
        }
    }

    private static String readyMessage(PortClaimStatus status) {
        return ClaimStatuses.condition(status, Conditions.READY)
                .map(Condition::message)
                .orElse("another claim keeps its port; delete this claim and make it again to get new ports");
    }
}
