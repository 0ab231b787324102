package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What keeps a pod's ports from being used, node by node: claims, other pods, what is blocked or cools, what others declare or
 * listen on, and what a node uses itself. What an earlier pod of its name has released and cools is in nobody's way.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class PodObstacles {
    private final IndexState state;
    private final PodRequest.Candidates nodes;
    private final Holder self;
    private final Set<Release> own;

    /**
     * The obstacles of one pod.
     *
     * @param self the pod as a holder
     * @param own what goes back to it
     */
    PodObstacles(IndexState state, PodRequest.Candidates nodes, Holder self, Set<Release> own) {
        this.state = state;
        this.nodes = nodes;
        this.self = self;
        this.own = own;
    }

    /** The nodes where somebody has one of the numbers of {@code grants}, or where one is not usable. */
    Set<String> nodesWith(List<PortGrant> grants) {
        Set<String> found = new HashSet<>();
        for (PortGrant grant : grants) {
            for (Protocol protocol : grant.protocols()) {
                for (int port = grant.port(); port <= grant.lastPort(); port++) {
                    addNodesWith(protocol, port, found);
                }
            }
        }
        return found;
    }

    private void addNodesWith(Protocol protocol, int port, Set<String> into) {
        state.index.addNodesWith(protocol, port, holder -> holder.equals(self) || isOwn(holder), into);
        Slot somewhere = new Slot(Place.SOMEWHERE, protocol, port);
        into.addAll(state.foreign.placesOf(somewhere));
        into.addAll(state.listeners.listening(somewhere));
        into.remove(Place.EVERYWHERE);
    }

    private boolean isOwn(Holder holder) {
        return holder instanceof Holder.OfRelease released && own.contains(released.release());
    }

    /** Adds to {@code into} the ports that can't be used on {@code node} by reason of others. */
    void addTaken(String node, Protocol protocol, BitSet into) {
        state.index.addTaken(node, protocol, into);
        for (Release release : own) {
            if (release.place().equals(node) && release.grant().protocols().contains(protocol)) {
                into.clear(release.grant().port(), release.grant().lastPort() + 1);
            }
        }
        state.foreign.addDeclared(node, protocol, into);
        state.listeners.addListened(node, protocol, into);
    }

    /** Adds to {@code into} the ports that somebody has on any node at all. */
    void addTakenAnywhere(Protocol protocol, BitSet into) {
        state.index.addTaken(Place.EVERYWHERE, protocol, into);
        state.foreign.addDeclared(Place.EVERYWHERE, protocol, into);
        state.listeners.addListened(Place.EVERYWHERE, protocol, into);
    }

    /** Adds to {@code into} the ports that no pod without a node can have: taken everywhere, or on a node that can't be left out. */
    void addTakenForAll(Protocol protocol, BitSet into) {
        state.index.addTakenAt(Place.EVERYWHERE, protocol, into);
        state.foreign.addDeclaredEverywhere(protocol, into);
        Set<String> all = new HashSet<>(state.index.nodes());
        all.addAll(state.foreign.nodes());
        all.addAll(state.listeners.nodes());
        all.removeAll(nodes.hostnames().keySet());
        all.forEach(node -> addTaken(node, protocol, into));
    }

    /** Of the pool's nodes those where {@code ports} are not all usable, however free they are. */
    Set<String> nodesWithout(PortSet ports, PoolRules pool) {
        Set<String> found = new HashSet<>();
        Map<PortSet, Boolean> lack = new HashMap<>();
        nodes.ofPool().forEach((name, facts) -> {
            PortSet usable = pool.usableOn(facts);
            if (lack.computeIfAbsent(usable, key -> !ports.minus(key).isEmpty())) {
                found.add(name);
            }
        });
        return found;
    }

    /** The hostnames by which {@code names} are left out; empty where one of them can't be. */
    static Optional<SortedSet<String>> hostnames(Set<String> names, PodRequest.Candidates nodes) {
        SortedSet<String> hostnames = new TreeSet<>();
        for (String name : names) {
            String hostname = nodes.hostnames().get(name);
            if (hostname == null) {
                return Optional.empty();
            }
            hostnames.add(hostname);
        }
        return Optional.of(hostnames);
    }
}
