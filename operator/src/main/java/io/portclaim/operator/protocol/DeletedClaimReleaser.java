package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Recovery;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases what a claim held once it is gone. A watch's word is not enough, because it also reports as deleted what a list
 * merely lacked: the claim is read from the quorum by its UID. Absence from a cache releases nothing. A ConfigMap that
 * outlives its claim is deleted first: the next pod to read it would use the port. Thread-safe.
 */
public final class DeletedClaimReleaser implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeletedClaimReleaser.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(5);
    /** How long a stop waits for answers: thousands of them, and well within the time that a pod has to end. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(3);

    private final ClaimApi live;
    private final ConfigMaps configMaps;
    private final KeyLocks turns;
    private final PortIndex portIndex;
    private final PortIndex.Cooldowns cooldowns;
    private final ClaimTracker tracker;
    private final ServingGate gate;
    private final UndatedMaps undated;
    /** By UID, the ConfigMap of each claim that was released, until all that it held is free again. */
    private final Map<String, Long> released = new ConcurrentHashMap<>();

    private final Background background;
    /** Those that there was no answer to yet and that are to be tried again. */
    private final Set<Inquiry> unanswered = ConcurrentHashMap.newKeySet();

    private volatile boolean closing;

    /** Reads claims and deletes ConfigMaps in the {@code background}, and fills {@code undated}. */
    public DeletedClaimReleaser(
            ClaimApi live,
            ConfigMaps configMaps,
            KeyLocks turns,
            PortIndex portIndex,
            PortIndex.Cooldowns cooldowns,
            ClaimTracker tracker,
            ServingGate gate,
            UndatedMaps undated,
            Background background) {
        this.live = live;
        this.configMaps = configMaps;
        this.turns = turns;
        this.portIndex = portIndex;
        this.cooldowns = cooldowns;
        this.tracker = tracker;
        this.gate = gate;
        this.undated = undated;
        this.background = background;
    }

    /** A watch has no claim of this UID and name any more. */
    public void deleted(String uid, ClaimKey key) {
        if (gate.isLoading()) {
            inquire(uid, key);
        }
    }

    /** Looks up every claim that holds ports and that {@code isCached} does not know, whatever event was missed. */
    public void sweep(Predicate<ClaimKey> isCached) {
        released.values().removeIf(map -> !portIndex.hasReleasesOf(map));
        // The news of the deletion may have come before a look at the claim as it was.
        tracker.forgetShown(isCached);
        for (ClaimAllocation allocation : portIndex.holdings()) {
            if (!isCached.test(allocation.key())) {
                inquire(allocation.uid(), allocation.key());
            }
        }
        undated.all().forEach((map, claim) -> inquire(claim, () -> dateIfGone(map, claim)));
    }

    /** Deletes ConfigMaps whose claim was served and is gone, some time soon and until it is done. */
    public void removeOrphans(List<Recovery.Orphan> orphans) {
        orphans.forEach(orphan -> inquire(orphan.key(), () -> removeOrphan(orphan.uid(), orphan.key(), orphan.name())));
    }

    /**
     * Looks at a ConfigMap of the operator's that came or changed. One of a claim that this leader has released may have been written
     * late, by a leader before, or have been put back: what was released from it is blocked until it is deleted. One of a claim
     * that was never served here comes from a backup.
     *
     * @return whether it is such a one, to be deleted
     */
    public boolean mapSeen(ClaimKey map, String uid, ClaimKey claim) {
        long id = ConfigMapId.of(map.namespace(), map.name());
        boolean isLeft = gate.isOpen() && released.containsKey(uid) && portIndex.hasReleasesOf(id);
        if (isLeft) {
            inquire(claim, () -> removeOrphan(uid, claim, map.name()));
        }
        return isLeft;
    }

    /**
     * Looks in every sweep for those of the ConfigMaps that still block ports: one may be deleted before a watch has it, and its
     * claim may never publish.
     *
     * @param maps each with the name of its claim
     */
    public void lookFor(Map<ClaimKey, ClaimKey> maps) {
        maps.forEach((map, claim) -> {
            if (portIndex.mapMayName(ConfigMapId.of(map.namespace(), map.name()))) {
                undated.add(map, claim);
            }
        });
    }

    private void removeOrphan(String uid, ClaimKey key, String map) {
        turns.inTurn(key, () -> {
            Optional<Claim> namesake = live.named(key);
            // A claim of the name that publishes there takes it over.
            if (namesake.filter(claim -> claim.configMapName().equals(map)).isEmpty()) {
                long id = ConfigMapId.of(key.namespace(), map);
                portIndex.mapMayNameAgain(id);
                Instant since = configMaps.deleteOf(uid, key, map).since();
                if (since == null) {
                    undated.add(new ClaimKey(key.namespace(), map), key);
                } else {
                    portIndex.mapSaysOnly(id, since);
                }
            }
            return true;
        });
    }

    /**
     * Looks at a ConfigMap that a watch no longer has: what it named, beyond what a claim held, was blocked until now.
     *
     * @param claim the claim that it belonged to
     */
    public void mapGone(ClaimKey map, ClaimKey claim) {
        if (gate.isOpen() && portIndex.mapMayName(ConfigMapId.of(map.namespace(), map.name()))) {
            inquire(claim, () -> dateIfGone(map, claim));
        }
    }

    /** In the claim's turn: else one of the claim's name could find the ConfigMap restored before what is read here counts. */
    private void dateIfGone(ClaimKey map, ClaimKey claim) {
        turns.inTurn(claim, () -> {
            long id = ConfigMapId.of(map.namespace(), map.name());
            if (portIndex.mapMayName(id)) {
                configMaps.goneSince(map).ifPresent(since -> portIndex.mapSaysOnly(id, since));
            }
            if (portIndex.mapMayName(id)) {
                undated.add(map, claim);
            } else {
                undated.remove(map);
            }
            return true;
        });
    }

    /** What is to be found out about a claim, and done then; fails where there is no answer. */
    private record Inquiry(ClaimKey key, Runnable question) {}

    /** Asks the quorum whether the claim still exists, some time soon and until there is an answer. */
    private void inquire(String uid, ClaimKey key) {
        inquire(key, () -> turns.inTurn(key, () -> releaseIfGone(uid, key)));
    }

    /** Finds out what concerns the claim, some time soon and until there is an answer. */
    void inquire(ClaimKey key, Runnable question) {
        inquire(new Inquiry(key, question));
    }

    private void inquire(Inquiry inquiry) {
        if (!background.run(inquiry.key.namespace(), () -> lookUp(inquiry))) {
            LOG.debug("PortClaim {}: not looked up, the operator is stopping", inquiry.key);
        }
    }

    private void lookUp(Inquiry inquiry) {
        try {
            gate.awaitLoaded();
            inquiry.question.run();
        } catch (LeadershipLost e) {
            LOG.debug("PortClaim {}: not looked up: {}", inquiry.key, e.getMessage());
        } catch (RuntimeException e) {
            postpone(inquiry, e);
        }
    }

    private void postpone(Inquiry inquiry, RuntimeException why) {
        if (closing) {
            LOG.warn("PortClaim {}: can't be looked up before the operator stops: {}", inquiry.key, why.getMessage());
            return;
        }
        LOG.warn("PortClaim {}: can't be looked up now, trying again: {}", inquiry.key, why.getMessage());
        unanswered.add(inquiry);
        background.runAfter(RETRY_PAUSE, () -> inquireAgain(inquiry));
    }

    /** How many wait to be looked up once more. */
    public int unanswered() {
        return unanswered.size();
    }

    private void inquireAgain(Inquiry inquiry) {
        if (unanswered.remove(inquiry)) {
            inquire(inquiry);
        }
    }

    /**
     * Releases what the claim holds if the quorum does not have it any more. To be called in the turn of the claim's name.
     *
     * @return whether it is gone
     */
    public boolean releaseIfGone(String uid, ClaimKey key) {
        if (live.of(uid, key).isPresent()) {
            return false;
        }
        portIndex.allocation(uid).ifPresent(held -> {
            ConfigMaps.Left left = configMaps.deleteOf(uid, key, held.configMapName());
            LOG.info("PortClaim {}: is gone, its ports are released", key);
            portIndex.release(uid, cooldowns, left.since());
            if (left.isGone() && left.since() != null) {
                portIndex.mapSaysOnly(held.map(), left.since());
            } else {
                undated.add(new ClaimKey(key.namespace(), held.configMapName()), key);
            }
            released.put(uid, held.map());
        });
        portIndex.forget(uid);
        tracker.gone(uid, key);
        return true;
    }

    /**
     * The same for a claim that a cache shows. If it is gone, the cache is behind: the claim would be served again and again, and the
     * garbage collector would delete its ConfigMap each time.
     */
    boolean releaseIfGone(Claim shown) {
        boolean isGone = releaseIfGone(shown.uid(), shown.key());
        if (isGone) {
            tracker.shownThoughGone(shown);
        }
        return isGone;
    }

    /** Looks up all that was heard so far, for some seconds at most, and then nothing more. */
    @Override
    public void close() {
        closing = true;
        unanswered.forEach(this::inquireAgain);
        if (!background.finish(LAST_ANSWERS)) {
            LOG.warn("The operator stops before all claims that are gone have been looked up");
        }
    }
}
