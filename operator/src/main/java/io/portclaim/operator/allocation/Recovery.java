package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.ports.PortRange;
import io.portclaim.operator.ports.PortSet;
import io.portclaim.operator.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fills an empty index at take-over, from the ledger and from what the claims' statuses say. Where two claims name one
 * slot, the ledger's entry wins, then the older claim, then the smaller UID.
 */
public final class Recovery {
    private final Allocations allocations;
    private final Instant now;

    /** Recovers into {@code allocations}, which must be empty, as of {@code now}. */
    public Recovery(Allocations allocations, Instant now) {
        this.allocations = allocations;
        this.now = now;
    }

    /**
     * What is known of a claim from its object.
     *
     * @param holding its identity, with what its status says as {@linkplain Holding#published() published}
     * @param strays what its ConfigMap says beyond its status: kept from others, as pods may have read it
     */
    public record Known(Holding holding, Assignment strays) {}

    /**
     * Fills the index.
     *
     * @param claims every claim of the cluster, also those without ports
     * @param ledger what the ledger held
     * @param cooldown how long ports rest of which only the number is known
     */
    public void load(List<Known> claims, Snapshot ledger, Duration cooldown) {
        Map<String, Holding> entries =
                ledger.pending().stream().collect(Collectors.toMap(Holding::uid, Function.identity()));
        claims.stream()
                .map(Known::holding)
                .map(claim -> withPending(claim, Optional.ofNullable(entries.get(claim.uid()))))
                .sorted(precedence(entries.keySet()))
                .forEach(holding -> restore(holding, cooldown));
        ledger.cursors().forEach(allocations::setCursor);
        ledger.releases().forEach(this::restoreRelease);
        claims.forEach(known -> rest(known.holding(), known.strays(), cooldown));
        // What an entry's claim let go of, or all that it had where it is gone: nobody saw its rest begin.
        for (Holding entry : ledger.pending()) {
            rest(entry, entry.published(), cooldown);
            rest(entry, entry.current(), cooldown);
        }
        ledger.held().forEach((protocol, numbers) -> restForgotten(protocol, numbers, cooldown));
    }

    /** An entry whose status is written is done; any other stands exactly as it was committed. */
    private static Holding withPending(Holding claim, Optional<Holding> entry) {
        return entry.filter(found -> !claim.published().equals(found.current()))
                .map(found -> claim.deciding(found.current(), found.numbers()))
                .orElse(claim);
    }

    private static Comparator<Holding> precedence(Set<String> inLedger) {
        return Comparator.comparing((Holding holding) -> !inLedger.contains(holding.uid()))
                .thenComparing(Holding::created)
                .thenComparing(Holding::uid);
    }

    private void restore(Holding holding, Duration cooldown) {
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
        rest(holding, holding.published(), cooldown);
    }

    private void restoreRelease(Release release) {
        if (release.until() == null || now.isBefore(release.until())) {
            allocations.restWhereFree(release);
        }
    }

    /** Keeps what is free of {@code assignment} from being given out until no pod uses it and it has cooled. */
    private void rest(Holding holding, Assignment assignment, Duration cooldown) {
        assignment
                .byPlace()
                .forEach((place, grants) -> grants.forEach(grant -> allocations.restWhereFree(new Release(
                        holding.key(), holding.pool(), holding.configMapName(), place, grant, cooldown, null))));
    }

    /**
     * Numbers that were held when the ledger was last written and that nobody holds now: released unseen. Where a process still
     * listens on one it is likely the claim's, and the rest begins once that is gone.
     */
    private void restForgotten(Protocol protocol, BitSet numbers, Duration cooldown) {
        BitSet forgotten = (BitSet) numbers.clone();
        Snapshot present = allocations.snapshot();
        forgotten.andNot(present.held().getOrDefault(protocol, new BitSet()));
        for (PortRange range : PortSet.copyOf(forgotten).ranges()) {
            for (int port = range.first(); port <= range.last(); port++) {
                allocations.restWhereFree(new Release(
                        null,
                        "",
                        "",
                        Place.EVERYWHERE,
                        new PortGrant("", TransportProtocol.valueOf(protocol.name()), port, 1),
                        cooldown,
                        allocations.isListenedOn(new Slot(Place.EVERYWHERE, protocol, port))
                                ? null
                                : now.plus(cooldown)));
            }
        }
    }
}
