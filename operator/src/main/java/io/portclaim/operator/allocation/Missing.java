package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was held when the ledger was last written and is not held now: somebody released it, and nobody saw it.
 *
 * <p>The sketch says where and by whom, unless too much is missing. Then, and for whatever it leaves open, the counts say of which
 * numbers a holder is missing, though not where.
 */
final class Missing {
    private final List<Block> blocks = new ArrayList<>();
    private final Set<Owner> owners = new HashSet<>();
    private final Set<Slot> numbers = new HashSet<>();
    private final boolean ownersAreKnown;

    /**
     * A block that somebody held.
     *
     * @param map the ConfigMap that published it; {@link ConfigMapId#UNKNOWN} where that is not known
     * @param pool the pool that it came from; empty where that is not known
     * @param places where it may have been: one, unless the names of several have one hash
     * @param grant the block, without a name
     */
    record Block(long map, String pool, Set<String> places, PortGrant grant) {}

    private record Owner(int uid, long map) {}

    private record Origin(String pool, Set<String> places) {
        static final Origin UNKNOWN = new Origin("", Set.of(Place.SOMEWHERE));
    }

    /** What is in {@code before} and not in {@code now}; hashes are known again by {@code pools} and {@code places}. */
    Missing(Held before, Held now, Set<String> pools, Set<String> places) {
        Map<Slot, Integer> found = new HashMap<>();
        Optional<HeldSketch.Difference> difference =
                before.sketch().minus(now.sketch()).decode();
        ownersAreKnown = difference.isPresent();
        Set<HeldBlock> gone = difference.map(HeldSketch.Difference::onlyHere).orElse(Set.of());
        Map<Integer, Origin> origins = gone.isEmpty() ? Map.of() : origins(pools, places);
        gone.forEach(block -> {
            PortGrant grant = new PortGrant("", block.transport(), block.port(), block.count());
            Origin origin = origins.getOrDefault(block.place(), Origin.UNKNOWN);
            blocks.add(new Block(block.map(), origin.pool(), origin.places(), grant));
            owners.add(new Owner(block.uid(), block.map()));
            Assignment.at(Place.SOMEWHERE, List.of(grant)).forEachSlot(slot -> found.merge(slot, 1, Integer::sum));
        });
        before.counts().missingFrom(now.counts(), (protocol, port, missing) -> {
            Slot number = new Slot(Place.SOMEWHERE, protocol, port);
            numbers.add(number);
            if (found.getOrDefault(number, 0) < missing) {
                PortGrant grant = new PortGrant("", TransportProtocol.valueOf(protocol.name()), port, 1);
                blocks.add(new Block(ConfigMapId.UNKNOWN, "", Set.of(Place.SOMEWHERE), grant));
            }
        });
    }

    private static Map<Integer, Origin> origins(Set<String> pools, Set<String> places) {
        Map<Integer, Origin> origins = new HashMap<>();
        for (String pool : pools) {
            for (String place : places) {
                origins.merge(HeldBlock.placeHash(pool, place), new Origin(pool, Set.of(place)), Missing::eitherOf);
            }
        }
        return origins;
    }

    private static Origin eitherOf(Origin one, Origin other) {
        Set<String> places = new HashSet<>(one.places());
        places.addAll(other.places());
        return new Origin(one.pool().equals(other.pool()) ? one.pool() : "", places);
    }

    /** All of it. */
    List<Block> blocks() {
        return List.copyOf(blocks);
    }

    /**
     * Whether a claim with this UID and this ConfigMap held something of it. Where the sketch does not say who did: whether some
     * holder is missing of all that the ConfigMap says.
     */
    boolean wasHeldBy(String uid, long map, Assignment said) {
        if (ownersAreKnown) {
            return owners.contains(new Owner(HeldBlock.uidHash(uid), map));
        }
        Set<Slot> named = new HashSet<>();
        said.forEachSlot(slot -> named.add(new Slot(Place.SOMEWHERE, slot.protocol(), slot.port())));
        return !named.isEmpty() && numbers.containsAll(named);
    }
}
