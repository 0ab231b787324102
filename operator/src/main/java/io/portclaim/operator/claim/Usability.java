package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.ports.Protocol;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a process could listen on ports that a claim holds, as far as is known. What no longer fits is told, never moved. */
final class Usability {
    private final Pools pools;
    private final Nodes nodes;
    private final ForeignPorts foreign;

    Usability(Pools pools, Nodes nodes, ForeignPorts foreign) {
        this.pools = pools;
        this.nodes = nodes;
        this.foreign = foreign;
    }

    /** The first thing found that stands in the way. */
    Optional<Refusal> problem(Claim claim, @Nullable Pool pool, Assignment held) {
        for (String place : held.places()) {
            for (PortGrant grant : held.at(place)) {
                for (int port = grant.port(); port <= grant.lastPort(); port++) {
                    Optional<Refusal> problem = problem(claim, pool, place, grant, port);
                    if (problem.isPresent()) {
                        return problem;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Refusal> problem(Claim claim, @Nullable Pool pool, String place, PortGrant grant, int port) {
        if (pool == null || pool.invalid() != null || !pool.rules().base().contains(port)) {
            return Optional.of(new Refusal(
                    Reason.OUTSIDE_POOL,
                    "port %d is no longer given out by the claim's pool; it stays with the claim".formatted(port)));
        }
        for (NodeFacts node : facts(pool, place)) {
            if (!pool.rules().usableOn(node).contains(port)) {
                return Optional.of(new Refusal(
                        Reason.IN_EPHEMERAL_RANGE,
                        "port %d lies in the ephemeral range %s of node %s, whose kernel may lend it to an outgoing connection; reserve it there with net.ipv4.ip_local_reserved_ports, or delete the claim and make it again"
                                .formatted(port, pool.rules().ephemeralOf(node), node.name())));
            }
        }
        for (Protocol protocol : grant.protocols()) {
            Optional<ForeignPorts.Owner> other = foreign.declaredByOthers(
                    new Slot(place, protocol, port), claim.key().namespace());
            if (other.isPresent()) {
                return Optional.of(new Refusal(
                        Reason.HELD_BY_OTHERS,
                        "port %d/%s is also declared by %s; it stays with the claim, and both can't listen on one node"
                                .formatted(port, protocol, describe(other.get(), claim))));
            }
        }
        return Optional.empty();
    }

    private List<NodeFacts> facts(Pool pool, String place) {
        return Place.isEverywhere(place)
                ? pools.nodesOf(pool).likenesses()
                : nodes.get(place).map(node -> List.of(node.facts())).orElse(List.of());
    }

    private static String describe(ForeignPorts.Owner owner, Claim claim) {
        return owner.namespace().equals(claim.key().namespace())
                ? owner.kind() + " " + owner.name()
                : "a " + owner.kind() + " of another namespace";
    }
}
