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
    private final Allocations allocations;
    private final Allocations.Cooldowns cooldowns;
    private final Instant now;
    private final Found found;
    private final List<Holding> superseded = new ArrayList<>();

    /**
     * Recovers into {@code allocations}, which must be empty.
     *
     * @param cooldowns how long ports cool of which only the number is known
     * @param now the time by the leader's clock
     * @param found what was found of claims and ConfigMaps after the fence
     */
    public Recovery(Allocations allocations, Allocations.Cooldowns cooldowns, Instant now, Found found) {
        this.allocations = allocations;
        this.cooldowns = cooldowns;
        this.now = now;
        this.found = found;
    }

    /**
     * What is known of a claim from its object.
     *
     * @param holding its identity, with what its status says as {@linkplain Holding#published() published}
     * @param strays what its ConfigMap says beyond its status: kept from others, as pods may have read it
     */
    public record Known(Holding holding, Assignment strays) {}

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
     * @param maps the {@link ConfigMapId} of each of the operator's ConfigMaps
     * @param orphans those of them that belong to no claim there is
     * @param nodes the names of the cluster's nodes
     * @param pools the names of the pools
     * @param at when they were listed, by the API server's clock
     */
    public record Found(
            List<Known> claims,
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
     */
    public record Result(List<Holding> superseded, List<Orphan> orphans) {}

    /** Fills the index. */
    public Result load(Snapshot ledger) {
        Map<String, Holding> entries =
                ledger.pending().stream().collect(Collectors.toMap(Holding::uid, Function.identity()));
        found.claims.stream()
                .map(Known::holding)
                .map(claim -> withCertain(claim, Optional.ofNullable(entries.get(claim.uid()))))
                .sorted(precedence(entries))
                .forEach(this::restore);
        found.claims.forEach(known ->
                withUncertain(known.holding(), entries.get(known.holding().uid())));
        ledger.cursors().forEach(allocations::setCursor);
        ledger.releases().forEach(release -> restoreRelease(release, ledger.at()));
        found.claims.forEach(known -> block(known.holding(), known.strays(), null));
        // What an entry's claim released, or all that it had where it is gone: nobody saw its cooldown begin.
        for (Holding entry : ledger.pending()) {
            block(entry, entry.published(), namedUntil(entry.map()));
            block(entry, entry.current(), namedUntil(entry.map()));
        }
        Missing missing = new Missing(ledger.held(), allocations.held(), found.pools, placesNamed(ledger));
        missing.blocks().forEach(this::blockMissing);
        return new Result(List.copyOf(superseded), servedBefore(missing));
    }

    /**
     * An entry whose status is written is done. One that was decided on this very version of the claim stands, exactly as it
     * was committed: nobody has written the claim since.
     */
    private static Holding withCertain(Holding claim, Optional<Holding> entry) {
        return entry.filter(decided -> !claim.published().equals(decided.current()))
                .filter(decided -> decided.version() == claim.version())
                .map(decided -> claim.deciding(decided.current(), decided.version()))
                .orElse(claim);
    }

    /**
     * An entry whose claim was written since it was decided stands too where that was no status: the claim still has what it had
     * then, and nobody else has what the entry gives. Otherwise the ledger is older than the statuses, as one that was restored.
     */
    private void withUncertain(Holding claim, @Nullable Holding entry) {
        if (entry == null
                || entry.version() == claim.version()
                || claim.published().equals(entry.current())) {
            return;
        }
        boolean unwritten = claim.published().isEmpty()
                || (claim.published().slots().containsAll(entry.released().slots())
                        && slotsOf(entry).containsAll(claim.published().slots()));
        boolean free = allocations.firstObstacle(claim.uid(), entry.current()).isEmpty();
        if (unwritten && free && allocations.conflict(claim.uid()).isEmpty()) {
            allocations.put(claim.deciding(entry.current(), entry.version()));
        } else {
            superseded.add(entry);
        }
    }

    private static Set<Slot> slotsOf(Holding entry) {
        Set<Slot> slots = entry.published().slots();
        slots.addAll(entry.current().slots());
        return slots;
    }

    /** An entry that may be older than the claim's status gives no precedence. */
    private static Comparator<Holding> precedence(Map<String, Holding> entries) {
        return Comparator.comparing((Holding holding) -> {
                    Holding entry = entries.get(holding.uid());
                    return entry == null || !entry.current().equals(holding.current());
                })
                .thenComparing(Holding::created)
                .thenComparing(Holding::uid);
    }

    private void restore(Holding holding) {
        if (holding.published().isEmpty() && holding.pending() == null) {
            return;
        }
        Optional<Slot> obstacle = allocations
                .firstObstacle(holding.uid(), holding.published())
                .or(() -> allocations.firstObstacle(holding.uid(), holding.current()));
        if (obstacle.isEmpty()) {
            allocations.put(holding);
            return;
        }
        allocations.markConflicted(
                holding.uid(),
                "%s is also named by another claim, which keeps it; delete this claim and make it again to get new ports"
                        .formatted(obstacle.get()));
        block(holding, holding.published(), namedUntil(holding.map()));
    }

    /** What is left of a cooldown begins again; it is never more than the whole. */
    private void restoreRelease(Release release, Instant storedAt) {
        Release named = release.named(release.namedUntil() == null ? namedUntil(release.map()) : earlier(release));
        if (release.until() == null) {
            allocations.blockWhereFree(named.blocked());
            return;
        }
        Duration left = Duration.between(storedAt, release.until());
        if (!left.isNegative() && !left.isZero()) {
            Duration rest = left.compareTo(release.cooldown()) > 0 ? release.cooldown() : left;
            allocations.blockWhereFree(named.coolingUntil(now.plus(rest)));
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

    private void block(Holding claim, Assignment assignment, @Nullable Instant namedUntil) {
        long map = claim.map();
        assignment
                .byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> allocations.blockWhereFree(new Release(
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
        found.claims.forEach(known -> places.addAll(known.holding().published().places()));
        ledger.pending().forEach(entry -> {
            places.addAll(entry.published().places());
            places.addAll(entry.current().places());
        });
        return places;
    }

    /** A holder that went while nobody led: blocked like what was seen to be released, under what is known of it. */
    private void blockMissing(Missing.Block block) {
        for (String place : block.places()) {
            Release release = new Release(
                    null,
                    block.map(),
                    block.pool(),
                    place,
                    block.grant(),
                    cooldowns.of(block.pool(), block.grant()),
                    namedUntil(block.map()),
                    null);
            allocations.blockWhereFree(release);
        }
    }

    /** Those that were never served here come from a backup, and are left alone. */
    private List<Orphan> servedBefore(Missing missing) {
        List<Orphan> served = found.orphans.stream()
                .filter(orphan -> missing.wasHeldBy(orphan.uid(), orphan.map(), orphan.said()))
                .toList();
        served.forEach(orphan -> orphan.said()
                .byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> allocations.blockWhereFree(new Release(
                        orphan.key(), orphan.map(), "", place, grant, cooldowns.of("", grant), null, null)))));
        return served;
    }
}
