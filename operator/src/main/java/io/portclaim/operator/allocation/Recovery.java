package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fills an empty index at take-over, from the ledger and from what the claims' statuses say. Where two claims name one
 * slot, the ledger's entry wins, then the older claim, then the smaller UID.
 *
 * <p>No clock is trusted across leaders: what is left of a cooldown begins again.
 */
public final class Recovery {
    private final PortIndex portIndex;
    private final PortIndex.Cooldowns cooldowns;
    private final Instant now;
    private final Found found;
    private final List<ClaimAllocation> superseded = new ArrayList<>();

    /**
     * Recovers into {@code portIndex}, which must be empty.
     *
     * @param cooldowns how long ports cool of which only the number is known
     * @param now the time by the leader's clock
     * @param found what was found of claims and ConfigMaps after the fence
     */
    public Recovery(PortIndex portIndex, PortIndex.Cooldowns cooldowns, Instant now, Found found) {
        this.portIndex = portIndex;
        this.cooldowns = cooldowns;
        this.now = now;
        this.found = found;
    }

    /**
     * What is known of a claim from its object.
     *
     * @param allocation its identity, with what its status says as {@linkplain ClaimAllocation#published() published}
     * @param strays what its ConfigMap says beyond its status: kept from others, as pods may have read it
     * @param wishes what it gets where nobody else has it, nor may still use it
     */
    public record Known(ClaimAllocation allocation, Assignment strays, Assignment wishes) {
        /** A claim without a wish. */
        public Known(ClaimAllocation allocation, Assignment strays) {
            this(allocation, strays, Assignment.NONE);
        }
    }

    /**
     * A ConfigMap that was made for a claim of which nothing is left.
     *
     * @param uid the UID of that claim, as the ConfigMap says
     * @param key its name
     * @param name the ConfigMap's name
     * @param said what it says, as far as that can be believed
     */
    public record Orphan(String uid, ClaimKey key, String name, Assignment said) {
        long map() {
            return ConfigMapId.of(key.namespace(), name);
        }
    }

    /**
     * All that was found after the fence.
     *
     * @param claims every claim of the cluster, also those without ports
     * @param pods every live pod that waits for ports of its own or carries some, with what it carries as published
     * @param maps the {@link ConfigMapId} of each of the operator's ConfigMaps
     * @param orphans those of them that belong to no claim there is
     * @param nodes the names of the cluster's nodes
     * @param pools the names of the pools
     * @param at when they were listed, by the API server's clock
     */
    public record Found(
            List<Known> claims,
            List<ClaimAllocation> pods,
            Set<Long> maps,
            List<Orphan> orphans,
            Set<String> nodes,
            Set<String> pools,
            Instant at) {}

    /**
     * What the index can't hold.
     *
     * @param superseded entries that do not stand: their claim's status was written later, as where a ledger was restored
     * @param orphans ConfigMaps to be deleted: their claim was served and is gone; until then they block what they name
     * @param doubled pods that carry a number which somebody else holds at that place
     */
    public record Result(List<ClaimAllocation> superseded, List<Orphan> orphans, List<ClaimAllocation> doubled) {}

    /** Fills the index. */
    public Result load(Snapshot ledger) {
        List<ClaimAllocation> ofPods =
                ledger.pending().stream().filter(entry -> entry.key().isPod()).toList();
        List<ClaimAllocation> ofClaims =
                ledger.pending().stream().filter(entry -> !entry.key().isPod()).toList();
        restoreClaims(ofClaims);
        PodRecovery pods = new PodRecovery(portIndex, cooldowns, now);
        List<ClaimAllocation> doubled = pods.restore(found.pods, ofPods);
        superseded.addAll(pods.superseded());
        ledger.cursors().forEach(portIndex::setCursor);
        ledger.releases().forEach(release -> restoreRelease(release, ledger.at()));
        ledger.releases().forEach(pods::holdBackFrom);
        found.claims.forEach(known -> block(known.allocation(), known.strays(), null));
        // What an entry's claim released, or all that it had where it is gone: nobody saw its cooldown begin.
        for (ClaimAllocation entry : ofClaims) {
            block(entry, entry.published(), namedUntil(entry.map()));
            block(entry, entry.current(), namedUntil(entry.map()));
        }
        pods.blockGone(found.pods, ofPods);
        Missing missing = new Missing(ledger.held(), portIndex.held(), found.pools, placesNamed(ledger));
        missing.blocks().forEach(block -> blockMissing(block, pods));
        // Last, after all that somebody may still use; no other claim is served before.
        found.claims.forEach(known -> block(
                known.allocation(),
                known.wishes(),
                namedUntil(known.allocation().map())));
        return new Result(List.copyOf(superseded), servedBefore(missing, ledger.namingMaps()), doubled);
    }

    private void restoreClaims(List<ClaimAllocation> pending) {
        Map<String, ClaimAllocation> entries =
                pending.stream().collect(Collectors.toMap(ClaimAllocation::uid, Function.identity()));
        found.claims.stream()
                .map(Known::allocation)
                .map(claim -> withCertain(claim, Optional.ofNullable(entries.get(claim.uid()))))
                .sorted(precedence(entries))
                .forEach(this::restore);
        found.claims.forEach(known ->
                withUncertain(known.allocation(), entries.get(known.allocation().uid())));
    }

    /**
     * An entry whose status is written is done. One that was decided on this very version of the claim stands, exactly as it
     * was committed: nobody has written the claim since. What the status says beyond the entry was not written by the operator,
     * as where a backup tool brought it: the leader that decided did not count it as published.
     */
    private static ClaimAllocation withCertain(ClaimAllocation claim, Optional<ClaimAllocation> entry) {
        return entry.filter(decided -> !claim.published().equals(decided.current()))
                .filter(decided -> decided.version() == claim.version())
                .map(decided ->
                        claim.at(claim.published().only(decided::has)).deciding(decided.current(), decided.version()))
                .orElse(claim);
    }

    /**
     * An entry whose claim was written since it was decided stands too where that was no status: the claim still has what it had
     * then, and nobody else has what the entry gives. Otherwise the ledger is older than the statuses, as one that was restored.
     */
    private void withUncertain(ClaimAllocation claim, @Nullable ClaimAllocation entry) {
        if (entry == null
                || entry.version() == claim.version()
                || claim.published().equals(entry.current())) {
            return;
        }
        boolean unwritten = claim.published().isEmpty()
                || (claim.published().slots().containsAll(entry.released().slots())
                        && slotsOf(entry).containsAll(claim.published().slots()));
        boolean free = portIndex.firstObstacle(claim.uid(), entry.current()).isEmpty();
        if (unwritten && free && portIndex.conflict(claim.uid()).isEmpty()) {
            portIndex.put(claim.deciding(entry.current(), entry.version()));
        } else {
            superseded.add(entry);
        }
    }

    private static Set<Slot> slotsOf(ClaimAllocation entry) {
        Set<Slot> slots = entry.published().slots();
        slots.addAll(entry.current().slots());
        return slots;
    }

    /** An entry that may be older than the claim's status gives no precedence. */
    private static Comparator<ClaimAllocation> precedence(Map<String, ClaimAllocation> entries) {
        return Comparator.comparing((ClaimAllocation allocation) -> !stands(entries.get(allocation.uid()), allocation))
                .thenComparing(ClaimAllocation::created)
                .thenComparing(ClaimAllocation::uid);
    }

    private static boolean stands(@Nullable ClaimAllocation entry, ClaimAllocation allocation) {
        return entry != null && entry.current().equals(allocation.current());
    }

    private void restore(ClaimAllocation allocation) {
        if (allocation.published().isEmpty() && allocation.pending() == null) {
            return;
        }
        Optional<Slot> obstacle = portIndex
                .firstObstacle(allocation.uid(), allocation.published())
                .or(() -> allocation.pending() == null
                        ? Optional.empty()
                        : portIndex.firstObstacle(allocation.uid(), allocation.current()));
        if (obstacle.isEmpty()) {
            portIndex.put(allocation);
            return;
        }
        portIndex.markConflicted(
                allocation.uid(),
                "%s is also named by another claim, which keeps it; delete this claim and create it again to get new ports"
                        .formatted(obstacle.get()));
        block(allocation, allocation.published(), namedUntil(allocation.map()));
    }

    /** What is left of a cooldown begins again; it is never more than the whole. */
    private void restoreRelease(Release release, Instant storedAt) {
        Release named = release.named(release.namedUntil() == null ? namedUntil(release.map()) : earlier(release));
        if (release.until() == null) {
            portIndex.blockWhereFree(named.blocked());
            return;
        }
        Duration left = Duration.between(storedAt, release.until());
        if (!left.isNegative() && !left.isZero()) {
            Duration remaining = left.compareTo(release.cooldown()) > 0 ? release.cooldown() : left;
            portIndex.blockWhereFree(named.coolingUntil(now.plus(remaining)));
        }
    }

    /** No ConfigMap ceased to name a number later than now; a stored time of an API server whose clock was ahead would. */
    private Instant earlier(Release release) {
        Instant stored = Optional.ofNullable(release.namedUntil()).orElse(found.at);
        return stored.isAfter(found.at) ? found.at : stored;
    }

    /** Null where the ConfigMap exists, so that it may name the number until it is written or deleted. */
    private @Nullable Instant namedUntil(long map) {
        return found.maps.contains(map) ? null : found.at;
    }

    private void block(ClaimAllocation claim, Assignment assignment, @Nullable Instant namedUntil) {
        if (assignment.isEmpty()) {
            // As of most claims; the id of its ConfigMap is a hash.
            return;
        }
        long map = claim.map();
        assignment
                .byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> portIndex.blockWhereFree(new Release(
                        claim.key(),
                        map,
                        claim.pool(),
                        place,
                        grant,
                        cooldowns.of(claim.pool(), grant),
                        namedUntil,
                        null))));
    }

    private Set<String> placesNamed(Snapshot ledger) {
        Set<String> places = new HashSet<>(found.nodes);
        places.add(Place.EVERYWHERE);
        found.claims.forEach(
                known -> places.addAll(known.allocation().published().places()));
        ledger.pending().forEach(entry -> {
            places.addAll(entry.published().places());
            places.addAll(entry.current().places());
        });
        return places;
    }

    /** A holder that went while nobody led: blocked like what was seen to be released, under what is known of it. */
    private void blockMissing(Missing.Block block, PodRecovery pods) {
        for (String place : block.places()) {
            Duration cooldown = cooldowns.of(block.pool(), block.grant());
            // It may have been a pod's, whose processes may have been given a grace.
            boolean mayBePods = place.equals(Place.SOMEWHERE);
            Release release = new Release(
                    null,
                    block.map(),
                    block.pool(),
                    place,
                    block.grant(),
                    mayBePods ? cooldown.plus(PodEnd.DEFAULT_GRACE) : cooldown,
                    namedUntil(block.map()),
                    null);
            pods.holdBackFrom(release);
            portIndex.blockWhereFree(release);
        }
    }

    /** Those that were never served here come from a backup, and are left alone. One that blocks was found by a leader that died. */
    private List<Orphan> servedBefore(Missing missing, Set<Long> blocking) {
        List<Orphan> served = found.orphans.stream()
                .filter(orphan ->
                        blocking.contains(orphan.map()) || missing.wasHeldBy(orphan.uid(), orphan.map(), orphan.said()))
                .toList();
        served.forEach(orphan -> orphan.said()
                .byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> portIndex.blockWhereFree(new Release(
                        orphan.key(), orphan.map(), "", place, grant, cooldowns.of("", grant), null, null)))));
        return served;
    }
}
