package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.fail;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.ports.Protocol;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What must always hold, looked up in plain maps; shares no code with the allocator. */
final class SlotChecker {
    private static final List<String> ALL_NODES = Stream.concat(
                    SimulatedSurroundings.NODES.stream(), Stream.of("a node that joins later"))
            .toList();

    private final SimulatedCluster cluster;

    SlotChecker(SimulatedCluster cluster) {
        this.cluster = cluster;
    }

    /** No slot has two holders, neither in the index nor in what is published. */
    void oneHolderEach() {
        String[] owners = new String[SimulatedSurroundings.PORTS * Protocol.values().length * ALL_NODES.size()];
        for (ClaimAllocation allocation : cluster.index.holdings()) {
            occupy(owners, allocation.uid(), allocation.published());
            if (allocation.pending() != null) {
                occupy(owners, allocation.uid(), allocation.pending());
            }
        }
        cluster.claims.forEach(claim -> occupy(owners, claim.uid, claim.status));
    }

    private static void occupy(String[] owners, String uid, Assignment assignment) {
        assignment.byPlace().forEach((place, grants) -> {
            int first = place.equals("*") ? 0 : SimulatedSurroundings.NODES.indexOf(place);
            int last = place.equals("*") ? ALL_NODES.size() - 1 : first;
            for (PortGrant grant : grants) {
                for (Protocol protocol : grant.protocols()) {
                    for (int port = grant.port(); port < grant.port() + grant.count(); port++) {
                        for (int node = first; node <= last; node++) {
                            occupy(owners, uid, node, protocol, port);
                        }
                    }
                }
            }
        });
    }

    private static void occupy(String[] owners, String uid, int node, Protocol protocol, int port) {
        int of = (port - SimulatedSurroundings.FIRST_PORT) * Protocol.values().length + protocol.ordinal();
        int slot = of * ALL_NODES.size() + node;
        String other = owners[slot];
        if (other != null && !other.equals(uid)) {
            fail("%s %d on %s is held by %s and by %s", protocol, port, ALL_NODES.get(node), other, uid);
        }
        owners[slot] = uid;
    }

    /** What is published is held. */
    void publishedIsHeld() {
        for (SimulatedClaim claim : cluster.claims) {
            ClaimAllocation allocation = cluster.index.allocation(claim.uid).orElse(null);
            boolean held = allocation == null
                    ? claim.status.isEmpty()
                    : claim.status.equals(allocation.published()) || claim.status.equals(allocation.pending());
            if (!held) {
                fail("%s is published %s, but the index has %s", claim, claim.status, allocation);
            }
        }
    }

    /** What claims of the name held before and that now cools: a process that listens there may be the claim's own. */
    Set<Slot> returningTo(SimulatedClaim claim) {
        Set<Slot> returning = new HashSet<>();
        cluster.index.snapshot().releases().stream()
                .filter(release -> release.map() == ConfigMapId.of(claim.key.namespace(), claim.configMap())
                        && claim.pool.equals(release.pool()))
                .forEach(release -> returning.addAll(release.assignment().slots()));
        return returning;
    }

    void granted(
            SimulatedClaim claim,
            Assignment before,
            Decision.Granted decision,
            Set<String> wanted,
            Set<Slot> returning) {
        Assignment next = decision.assignment();
        Set<String> places = new HashSet<>(before.places());
        places.addAll(next.places());
        places.addAll(wanted);
        for (String place : places) {
            keepsWhatIsAskedFor(claim, place, before, next, wanted.contains(place));
            List<PortGrant> now = next.at(place);
            if (wanted.contains(place)) {
                allOrNothing(claim, place, now, decision.refused().containsKey(place));
            } else if (!before.slots().containsAll(Assignment.at(place, now).slots())) {
                fail("%s got %s at %s, where it wants nothing", claim, now, place);
            }
        }
        Set<Slot> fresh = next.slots();
        fresh.removeAll(before.slots());
        fresh.forEach(slot -> mayBeGiven(slot, claim));
        fresh.removeAll(returning);
        fresh.stream()
                .filter(this::isListenedOn)
                .findAny()
                .ifPresent(slot ->
                        fail("%s goes to %s, but processes listen on %s", slot, claim, cluster.around.listening));
    }

    /** A number that is published never moves; a block has the length that is asked for, and no more where it wants nothing. */
    private static void keepsWhatIsAskedFor(
            SimulatedClaim claim, String place, Assignment before, Assignment next, boolean isWanted) {
        for (PortGrant grant : before.at(place)) {
            claim.requestedPorts.stream()
                    .filter(requested -> requested.name().equals(grant.name())
                            && (requested.port() == null || requested.port().equals(grant.port())))
                    .findAny()
                    .ifPresent(requested -> {
                        int count = isWanted ? requested.count() : Math.min(requested.count(), grant.count());
                        if (!next.at(place)
                                .contains(new PortGrant(grant.name(), grant.transport(), grant.port(), count))) {
                            fail(
                                    "%s had %s at %s and still asks for it, %d long, but gets %s",
                                    claim, grant, place, count, next);
                        }
                    });
        }
    }

    private static void allOrNothing(SimulatedClaim claim, String place, List<PortGrant> grants, boolean refused) {
        if (grants.isEmpty() == refused && (refused || grants.size() == claim.requestedPorts.size())) {
            Set<Slot> distinct = new HashSet<>();
            for (PortGrant grant : grants) {
                RequestedPort requested = claim.requestedPorts.stream()
                        .filter(each -> each.name().equals(grant.name()))
                        .findFirst()
                        .orElseThrow();
                boolean met = requested.transport() == grant.transport()
                        && requested.count() == grant.count()
                        && grant.port() % requested.alignment() == 0
                        && (requested.port() == null || requested.port() == grant.port());
                for (Slot slot : Assignment.at(place, List.of(grant)).slots()) {
                    met &= distinct.add(slot);
                }
                if (!met) {
                    fail("%s at %s got %s, which is not what it asks for, or not distinct", claim, place, grants);
                }
            }
            return;
        }
        fail("%s at %s got %s (refused: %s): neither all nor nothing", claim, place, grants, refused);
    }

    private void mayBeGiven(Slot slot, SimulatedClaim claim) {
        SimulatedPool pool = cluster.around.pools.get(claim.pool);
        for (SimulatedNode node : cluster.around.nodes.values()) {
            boolean here = slot.place().equals("*") || slot.place().equals(node.name());
            if (here && !pool.mayGive(slot.port(), node)) {
                fail("%s goes to %s, but %s may not give it on %s", slot, claim, pool, node);
            }
        }
        if (isDeclared(slot, claim.key.namespace())) {
            fail("%s goes to %s, but is declared in %s", slot, claim, cluster.around.pods);
        }
        cluster.cooling.check(slot, claim, cluster.clock.instant());
    }

    private boolean isDeclared(Slot slot, String exceptPodsOf) {
        return cluster.around.pods.stream()
                .filter(pod -> pod.isService() || !pod.namespace().equals(exceptPodsOf))
                .anyMatch(pod -> pod.declared().port() == slot.port()
                        && pod.declared().protocol() == slot.protocol()
                        && pod.meets(slot.place()));
    }

    /** Whether a process listens there that no pod of its node declares. */
    private boolean isListenedOn(Slot slot) {
        return cluster.around.listening.stream()
                .filter(listener -> meets(listener, slot))
                .anyMatch(listener -> cluster.around.pods.stream()
                        .noneMatch(pod -> !pod.isService() && pod.declared().equals(listener)));
    }

    private static boolean meets(Slot listener, Slot slot) {
        return listener.port() == slot.port()
                && listener.protocol() == slot.protocol()
                && (slot.place().equals("*") || slot.place().equals(listener.place()));
    }

    /** A claim for one port on one node is refused only when there really is none, or its block can't grow. */
    void refused(SimulatedClaim claim, Assignment held, Refusal refusal) {
        SimulatedNode node = cluster.around.nodes.get(claim.where);
        if (node == null || claim.requestedPorts.size() != 1) {
            return;
        }
        RequestedPort requested = claim.requestedPorts.get(0);
        SimulatedPool pool = cluster.around.pools.get(claim.pool);
        if (refusal.reason() == Reason.POOL_EXHAUSTED && requested.count() == 1) {
            for (int port = pool.first(); port <= pool.last(); port++) {
                if (port % requested.alignment() == 0 && isFree(port, port, requested, pool, node)) {
                    fail("%s is refused (%s), but %d is free on %s", claim, refusal, port, claim.where);
                }
            }
        }
        boolean isOfGrowth = refusal.reason() == Reason.PORT_TAKEN || refusal.reason() == Reason.PORT_NOT_USABLE;
        held.at(claim.where).stream()
                .filter(grant -> isOfGrowth
                        && grant.name().equals(requested.name())
                        && (requested.port() == null || requested.port() == grant.port())
                        && grant.port() % requested.alignment() == 0
                        && isFree(grant.lastPort() + 1, grant.port() + requested.count() - 1, requested, pool, node))
                .findAny()
                .ifPresent(grant -> fail("%s has %s and is refused (%s), but could have it", claim, grant, refusal));
    }

    private boolean isFree(int first, int last, RequestedPort requested, SimulatedPool pool, SimulatedNode node) {
        Set<Slot> kept = new HashSet<>();
        for (ClaimAllocation allocation : cluster.index.holdings()) {
            kept.addAll(allocation.published().slots());
            kept.addAll(allocation.current().slots());
        }
        cluster.index
                .snapshot()
                .releases()
                .forEach(release -> kept.addAll(release.assignment().slots()));
        boolean free = true;
        for (int port = first; port <= last; port++) {
            free = free && pool.mayGive(port, node);
            for (Protocol protocol : requested.protocols()) {
                Slot here = new Slot(node.name(), protocol, port);
                free = free
                        && !isDeclared(here, "")
                        && !cluster.around.listening.contains(here)
                        && !kept.contains(here)
                        && !kept.contains(new Slot("*", protocol, port));
            }
        }
        return free;
    }

    static Set<Slot> slotsOf(Collection<Assignment> assignments) {
        Set<Slot> slots = new HashSet<>();
        assignments.forEach(assignment -> slots.addAll(assignment.slots()));
        return slots;
    }
}
