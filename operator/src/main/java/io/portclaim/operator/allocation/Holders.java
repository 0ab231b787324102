package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which claims hold given slots. The cost follows the slots and those who hold them, not how many claims and nodes there are.
 *
 * <p>Thread-safe: every method locks the index.
 */
public final class Holders {
    private final IndexState state;
    private final Object lock;

    Holders(IndexState state, Object lock) {
        this.state = state;
        this.lock = lock;
    }

    /** The claims that hold any of {@code slots}. */
    public List<ClaimKey> of(Collection<Slot> slots) {
        synchronized (lock) {
            return claims(slots.stream()
                    // A report may bring all ports of its node at once, and few of them are anybody's.
                    .filter(state.index::isClaimedAnywhere)
                    .flatMap(slot -> state.index.obstacles(slot).stream()));
        }
    }

    /** The claims that hold anything on {@code node} itself. */
    public List<ClaimKey> at(String node) {
        return at(node, PortSet.ALL.toBitSet());
    }

    /** The claims that hold any of {@code ports} on every node. */
    public List<ClaimKey> everywhere(PortSet ports) {
        return ports.isEmpty() ? List.of() : at(Place.EVERYWHERE, ports.toBitSet());
    }

    private List<ClaimKey> at(String place, BitSet ports) {
        synchronized (lock) {
            Set<Holder> holders = new LinkedHashSet<>();
            state.index.addHolders(place, ports, holders);
            return claims(holders.stream());
        }
    }

    /** The claims that {@code configMap} publishes and that hold a port on {@code node} that a process listens on. */
    public List<ClaimKey> listenedTo(ClaimKey configMap, String node) {
        synchronized (lock) {
            return state.table.publishedIn(configMap).stream()
                    .filter(allocation -> Stream.of(node, Place.EVERYWHERE)
                            .map(place ->
                                    Assignment.at(node, allocation.current().at(place)))
                            .anyMatch(state.listeners::isListenedOn))
                    .map(ClaimAllocation::key)
                    .toList();
        }
    }

    private List<ClaimKey> claims(Stream<Holder> holders) {
        return holders.flatMap(holder -> holder instanceof Holder.OfClaim claim
                        ? Stream.ofNullable(state.table.get(claim.uid()))
                        : Stream.<ClaimAllocation>empty())
                .map(ClaimAllocation::key)
                .filter(key -> !key.isPod())
                .distinct()
                .toList();
    }
}
