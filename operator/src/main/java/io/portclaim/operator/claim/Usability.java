package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.UsabilityCheck;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a process could listen on ports that a claim holds, as far as is known. What no longer fits is reported, never moved. */
final class Usability implements UsabilityCheck {
    /** Up to so many nodes are counted one by one; a message that changed with each of thousands would be written as often. */
    private static final int MOST_COUNTED = 10;

    private final Pools pools;
    private final ClusterView cluster;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final UnexplainedListeners unexplained;
    private final ClaimTracker tracker;

    Usability(
            Pools pools,
            ClusterView cluster,
            ForeignPorts foreign,
            Listeners listeners,
            UnexplainedListeners unexplained,
            ClaimTracker tracker) {
        this.pools = pools;
        this.cluster = cluster;
        this.foreign = foreign;
        this.listeners = listeners;
        this.unexplained = unexplained;
        this.tracker = tracker;
    }

    @Override
    public Optional<Refusal> problem(Claim claim, @Nullable String poolName, Assignment held) {
        Pool pool = poolName == null ? null : pools.get(poolName).orElse(null);
        Optional<Refusal> squatted = squatted(claim, held);
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
        return squatted;
    }

    private Optional<Refusal> problem(Claim claim, @Nullable Pool pool, String place, PortGrant grant, int port) {
        if (pool == null || pool.invalid() != null || !pool.rules().base().contains(port)) {
            return Optional.of(new Refusal(
                    Reason.OUTSIDE_POOL,
                    "port %d is no longer a port of the claim's pool; the claim keeps it".formatted(port)));
        }
        for (NodeFacts node : facts(pool, place)) {
            // Of a node whose range is not known, it is not known either whether the port lies in it.
            if (!node.isUnknown() && !pool.rules().usableOn(node).contains(port)) {
                return Optional.of(new Refusal(
                        Reason.IN_EPHEMERAL_RANGE,
                        "port %d lies in the ephemeral range %s of node %s (%s), whose kernel may use it for an outgoing connection; %s, or delete the claim and create it again"
                                .formatted(
                                        port,
                                        pool.rules().ephemeralOf(node),
                                        node.name(),
                                        node.source().text(),
                                        node.whyUnreadable(Unreadable.Fact.RESERVED_PORTS)
                                                .map("the node may reserve it already, but "::concat)
                                                .orElse("reserve it there with net.ipv4.ip_local_reserved_ports"))));
            }
        }
        for (Protocol protocol : grant.protocols()) {
            Optional<ForeignPorts.Owner> other = foreign.declaredByOthers(
                    new Slot(place, protocol, port), claim.key().namespace());
            if (other.isPresent()) {
                return Optional.of(new Refusal(
                        Reason.HELD_BY_OTHERS,
                        "port %d/%s is also declared by %s; the claim keeps it, and the two cannot listen on the same node"
                                .formatted(port, protocol, describe(other.get(), claim))));
            }
        }
        return Optional.empty();
    }

    /** Whether processes listen on the ports that are none of the claim's pods, as far as is known, and have for a while. */
    private Optional<Refusal> squatted(Claim claim, Assignment held) {
        List<Slot> slots = new ArrayList<>();
        ClaimKey map = new ClaimKey(claim.key().namespace(), claim.configMapName());
        held.forEachSlot(slot -> listeners.unexplained(slot).stream()
                .filter(node -> !cluster.pods().reads(map, node))
                .forEach(node -> slots.add(new Slot(node, slot.protocol(), slot.port()))));
        List<Slot> believed = unexplained.see(claim, slots, isReportedByEarlierLeader(claim));
        if (believed.isEmpty()) {
            return Optional.empty();
        }
        Slot first = believed.get(0);
        long nodes = believed.stream()
                .filter(slot -> slot.port() == first.port() && slot.protocol() == first.protocol())
                .count();
        return Optional.of(new Refusal(
                Reason.HELD_BY_OTHERS,
                "a process on node %s%s listens on %d/%s, and no pod there declares the port or reads ConfigMap %s; stop the process, or declare the port in the pod of the process"
                        .formatted(
                                first.place(),
                                andOthers(nodes),
                                first.port(),
                                first.protocol(),
                                claim.configMapName())));
    }

    private boolean isReportedByEarlierLeader(Claim claim) {
        boolean isFirstLook = tracker.get(claim.uid())
                .filter(ClaimTracker.TrackedClaim::isAsKnown)
                .isEmpty();
        return isFirstLook
                && ClaimStatuses.reason(claim.status(), Conditions.USABLE)
                        .filter(Reason.HELD_BY_OTHERS::equals)
                        .isPresent();
    }

    /** How many nodes there are beside one, as part of a sentence. */
    private static String andOthers(long nodes) {
        long others = nodes - 1;
        if (others == 0) {
            return "";
        }
        long roughly = others;
        if (others > MOST_COUNTED) {
            roughly = MOST_COUNTED;
            while (roughly * 10 < others) {
                roughly *= 10;
            }
        }
        return " (and on %s%d more)".formatted(roughly < others ? "more than " : "", roughly);
    }

    private List<NodeFacts> facts(Pool pool, String place) {
        return Place.isEverywhere(place)
                ? pools.nodesOf(pool).profiles()
                : cluster.nodes().get(place).map(node -> List.of(node.facts())).orElse(List.of());
    }

    private static String describe(ForeignPorts.Owner owner, Claim claim) {
        return owner.namespace().equals(claim.key().namespace())
                ? owner.kind() + " " + owner.name()
                : "a " + owner.kind() + " of another namespace";
    }
}
