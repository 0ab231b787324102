package io.portclaim.operator.claim;

import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.Allocations;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Holding;
import io.portclaim.operator.ledger.LeadershipLost;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets go of what a claim held once it is gone. A watch's word is not enough, for it also reports as deleted what a list
 * merely lacked: the claim is looked up in the quorum by its UID. Absence from a cache releases nothing. Thread-safe.
 */
public final class Departures extends AbstractEventSource<Void, PortClaim>
        implements ResourceEventAware<PortClaim>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
    private static final long RETRY_SECONDS = 5;

    private final LiveClaims live;
    private final KeyLocks turns;
    private final Allocations allocations;
    private final Allocations.Cooldowns cooldowns;
    private final Roster roster;
    private final Gate gate;
    private final ExecutorService inquiries = Executors.newFixedThreadPool(4, Departures::thread);
    private final Executor later = CompletableFuture.delayedExecutor(RETRY_SECONDS, TimeUnit.SECONDS, inquiries);

    Departures(
            LiveClaims live,
            KeyLocks turns,
            Allocations allocations,
            Allocations.Cooldowns cooldowns,
            Roster roster,
            Gate gate) {
        super(Void.class, "departures");
        this.live = live;
        this.turns = turns;
        this.allocations = allocations;
        this.cooldowns = cooldowns;
        this.roster = roster;
        this.gate = gate;
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "departures");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void onResourceDeleted(PortClaim claim) {
        ClaimKey key = new ClaimKey(
                claim.getMetadata().getNamespace(), claim.getMetadata().getName());
        if (gate.isLoading()) {
            inquire(claim.getMetadata().getUid(), key);
        }
    }

    /** A relist may show a claim that was deleted and made again as one that was changed. */
    @Override
    public void onResourceUpdated(PortClaim now, PortClaim before) {
        if (!now.getMetadata().getUid().equals(before.getMetadata().getUid())) {
            onResourceDeleted(before);
        }
    }

    @Override
    public Set<Void> getSecondaryResources(PortClaim claim) {
        return Set.of();
    }

    /** Looks up every claim that holds ports and that {@code isCached} does not know, whatever event was missed. */
    void sweep(Predicate<ClaimKey> isCached) {
        for (Holding holding : allocations.holdings()) {
            if (!isCached.test(holding.key())) {
                inquire(holding.uid(), holding.key());
            }
        }
    }

    /** Asks the quorum whether the claim still exists, some time soon and until there is an answer. */
    private void inquire(String uid, ClaimKey key) {
        try {
            inquiries.execute(() -> {
                try {
                    gate.await();
                    releaseIfGone(uid, key);
                } catch (LeadershipLost e) {
                    LOG.debug("PortClaim {}: not looked up: {}", key, e.getMessage());
                } catch (RuntimeException e) {
                    LOG.warn("PortClaim {}: can't be looked up now, trying again: {}", key, e.getMessage());
                    later.execute(() -> inquire(uid, key));
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("PortClaim {}: not looked up, the operator is stopping", key);
        }
    }

    /**
     * Releases what the claim holds if the quorum does not have it any more.
     *
     * @return whether it is gone
     */
    boolean releaseIfGone(String uid, ClaimKey key) {
        return turns.inTurn(key, () -> {
            if (live.of(uid, key).isPresent()) {
                return false;
            }
            if (allocations.holding(uid).isPresent()) {
                LOG.info("PortClaim {}: is gone, its ports rest", key);
            }
            allocations.release(uid, cooldowns);
            roster.gone(uid);
            return true;
        });
    }

    @Override
    public void close() {
        inquiries.shutdownNow();
    }
}
