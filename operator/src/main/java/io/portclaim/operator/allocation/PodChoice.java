package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the ports of one pod whose node the scheduler will choose, and the nodes that it must leave out for them. Changes
 * nothing. In this order: what an earlier pod of the name had and cools; numbers that nobody has on any node, so that no node is
 * left out; on one of the nodes that the pod may run on, the numbers that the fewest nodes hold.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class PodChoice {
    /** The longest list of nodes in a pod's affinity: it is stored with each pod, and the scheduler reads it for each node. */
    static final int MOST_LEFT_OUT = 200;

    private final IndexState state;
    private final PodRequest pod;
    private final PodObstacles obstacles;
    private final Set<Release> own;
    private final Map<String, PortGrant> grants = new HashMap<>();
    private final Map<Protocol, BitSet> closed = new EnumMap<>(Protocol.class);
    private Set<String> leftOut = new HashSet<>();
    private int cursor;
    private int lastGiven = -1;

    PodChoice(IndexState state, PodRequest pod, int cursor) {
        this.state = state;
        this.pod = pod;
        this.cursor = cursor;
        this.own = state.releases.coolingOf(pod.at(List.of()));
        this.obstacles = new PodObstacles(state, pod.nodes(), new Holder.OfClaim(pod.uid()), own);
    }

    /** Chooses; why it can't is returned. */
    Optional<Refusal> make() {
        for (RequestedPort requested : pod.requestedPorts()) {
            for (Protocol protocol : requested.protocols()) {
                closed.computeIfAbsent(protocol, key -> {
                    BitSet taken = new BitSet();
                    obstacles.addTakenForAll(key, taken);
                    return taken;
                });
            }
        }
        Optional<Refusal> crowded = tooManyWithoutNode();
        if (crowded.isPresent()) {
            return crowded;
        }
        pod.requestedPorts().forEach(this::giveReturning);
        lacking().forEach(this::giveUnused);
        if (!lacking().isEmpty() && !giveOnSomeNode()) {
            return pod.takesNewNode() && mayTakeNewNode() ? Optional.empty() : Optional.of(exhausted());
        }
        return Optional.empty();
    }

    /** What was chosen, in the order of the request. */
    List<PortGrant> grants() {
        List<PortGrant> inOrder = new ArrayList<>();
        pod.requestedPorts()
                .forEach(requested ->
                        Optional.ofNullable(grants.get(requested.name())).ifPresent(inOrder::add));
        return inOrder;
    }

    /** The hostnames of the nodes to leave out. */
    SortedSet<String> leftOut() {
        return PodObstacles.hostnames(leftOut, pod.nodes()).orElseThrow();
    }

    /** The last number that was chosen and is not one that came back, or -1. */
    int lastGiven() {
        return lastGiven;
    }

    private List<RequestedPort> lacking() {
        return pod.requestedPorts().stream()
                .filter(requested -> !grants.containsKey(requested.name()))
                .toList();
    }

    /**
     * A pod without a node keeps its numbers from all others; a crowd of them must not take the pool from everybody. Half of what is
     * free for pods may be held so; beside a namespace that has filled that, each other one may begin with a pod, up to three
     * quarters.
     */
    private Optional<Refusal> tooManyWithoutNode() {
        String pool = pod.pool().name();
        int wide = state.table.numbersSomewhere(pool);
        int wanted =
                pod.requestedPorts().stream().mapToInt(RequestedPort::count).sum();
        BitSet free = pod.pool().base().toBitSet();
        closed.values().forEach(free::andNot);
        int all = free.cardinality() + wide;
        boolean isFirst = state.table.numbersSomewhere(pool, pod.key().namespace()) == 0;
        int most = isFirst ? all * 3 / 4 : all / 2;
        return wide == 0 || wide + wanted <= most
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.PODS_WAITING,
                        "pods that have no node yet hold %d of the %d numbers of pool %s that are free for pods, and at most half may be held so; the pod is served as soon as some of them are scheduled or gone"
                                .formatted(wide, all, pool)));
    }

    private void giveReturning(RequestedPort requested) {
        own.stream()
                .map(Release::grant)
                .filter(grant -> requested.isContinuedBy(grant)
                        && requested.isAligned(grant.port())
                        && requested.fitsAt(grant.port()))
                .map(grant -> requested.at(grant.port()))
                .filter(grant -> isOpen(grant) && leavesNode(grant))
                .min(Comparator.comparingInt(PortGrant::port))
                .ifPresent(this::add);
    }

    private boolean isOpen(PortGrant grant) {
        if (!PortSet.of(grant.range()).minus(pod.pool().base()).isEmpty()) {
            return false;
        }
        return grant.protocols().stream().allMatch(protocol -> {
            int taken = closed(protocol).nextSetBit(grant.port());
            return taken < 0 || taken > grant.lastPort();
        });
    }

    private boolean leavesNode(PortGrant grant) {
        Set<String> all = new HashSet<>(leftOut);
        all.addAll(without(List.of(grant)));
        return PodObstacles.hostnames(all, pod.nodes()).isPresent()
                && all.size() <= MOST_LEFT_OUT
                && pod.nodes().eligible().keySet().stream().anyMatch(node -> !all.contains(node));
    }

    private Set<String> without(List<PortGrant> chosen) {
        Set<String> nodes = obstacles.nodesWith(chosen);
        chosen.forEach(grant -> nodes.addAll(obstacles.nodesWithout(PortSet.of(grant.range()), pod.pool())));
        return nodes;
    }

    /** A number that nobody has anywhere: also where no node has room, so that an autoscaler sees the pod. */
    private void giveUnused(RequestedPort requested) {
        BitSet free =
                pod.pool().usableOn(List.copyOf(pod.nodes().ofPool().values())).toBitSet();
        for (Protocol protocol : requested.protocols()) {
            free.andNot(closed(protocol));
            BitSet anywhere = new BitSet();
            obstacles.addTakenAnywhere(protocol, anywhere);
            free.andNot(anywhere);
        }
        next(free, requested).ifPresent(first -> give(requested.at(first)));
    }

    /** All that is lacking on one node: where one has room, it is found. */
    private boolean giveOnSomeNode() {
        for (String node : nodesByRoom()) {
            Map<String, PortGrant> here = onNode(node);
            if (here.size() == lacking().size()
                    && leavesNodes(here.values().stream().toList(), node)) {
                here.values().forEach(this::give);
                return true;
            }
        }
        return false;
    }

    private boolean leavesNodes(List<PortGrant> chosen, String node) {
        Set<String> all = new HashSet<>(leftOut);
        all.addAll(without(chosen));
        return !all.contains(node)
                && all.size() <= MOST_LEFT_OUT
                && PodObstacles.hostnames(all, pod.nodes()).isPresent();
    }

    /** The nodes that the pod may run on, those with the most free numbers first, so that the rest of a pool stays even. */
    private List<String> nodesByRoom() {
        Map<String, Integer> room = new TreeMap<>();
        pod.nodes().eligible().forEach((node, facts) -> {
            if (!leftOut.contains(node)) {
                room.put(node, free(node, facts, pod.requestedPorts().get(0)).cardinality());
            }
        });
        return room.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    private BitSet free(String node, NodeFacts facts, RequestedPort requested) {
        BitSet free = pod.pool().usableOn(facts).toBitSet();
        for (Protocol protocol : requested.protocols()) {
            free.andNot(closed(protocol));
            BitSet taken = new BitSet();
            obstacles.addTaken(node, protocol, taken);
            free.andNot(taken);
        }
        return free;
    }

    private Map<String, PortGrant> onNode(String node) {
        Map<String, PortGrant> here = new HashMap<>();
        Map<Protocol, BitSet> chosen = new EnumMap<>(Protocol.class);
        NodeFacts facts = pod.nodes().eligible().get(node);
        for (RequestedPort requested : lacking()) {
            BitSet free = facts == null ? new BitSet() : free(node, facts, requested);
            requested.protocols().forEach(protocol -> free.andNot(NodeCounts.of(chosen, protocol)));
            PortGrant grant = leastHeld(free, requested);
            if (grant == null) {
                break;
            }
            here.put(requested.name(), grant);
            grant.protocols()
                    .forEach(protocol -> NodeCounts.of(chosen, protocol).set(grant.port(), grant.lastPort() + 1));
        }
        return here;
    }

    /** Of the blocks in {@code free} the one whose numbers the fewest nodes have; those of the static band come last. */
    private @Nullable PortGrant leastHeld(BitSet free, RequestedPort requested) {
        PortSet band = pod.pool().staticBand();
        PortGrant best = null;
        int fewest = Integer.MAX_VALUE;
        for (int first = free.nextSetBit(0); first >= 0; first = free.nextSetBit(first + 1)) {
            boolean fits = requested.isAligned(first)
                    && requested.fitsAt(first)
                    && free.nextClearBit(first) - first >= requested.count();
            if (!fits) {
                continue;
            }
            PortGrant grant = requested.at(first);
            int held = holders(grant) + (band.contains(first) ? 1 << 24 : 0);
            if (held < fewest) {
                fewest = held;
                best = grant;
            }
        }
        return best;
    }

    private int holders(PortGrant grant) {
        int holders = 0;
        for (Protocol protocol : grant.protocols()) {
            for (int port = grant.port(); port <= grant.lastPort(); port++) {
                holders += state.index.nodesWith(protocol, port);
            }
        }
        return holders;
    }

    /** Numbers that no present node has free: the pod waits for a node that joins. Not while some of the pool's will be free soon. */
    private boolean mayTakeNewNode() {
        if (state.releases.hasOfPool(pod.pool().name())) {
            return false;
        }
        for (RequestedPort requested : lacking()) {
            BitSet free = pod.pool().base().toBitSet();
            requested.protocols().forEach(protocol -> free.andNot(closed(protocol)));
            PortGrant grant = leastHeld(free, requested);
            if (grant == null) {
                return false;
            }
            give(grant);
        }
        leftOut.addAll(pod.nodes().ofPool().keySet());
        return leftOut.size() <= MOST_LEFT_OUT
                && PodObstacles.hostnames(leftOut, pod.nodes()).isPresent();
    }

    private OptionalInt next(BitSet free, RequestedPort requested) {
        PoolRules pool = pod.pool();
        return pool.strategy().next(free, pool.staticBand(), cursor, requested.count(), requested.alignment());
    }

    private void give(PortGrant grant) {
        add(grant);
        cursor = grant.lastPort();
        lastGiven = cursor;
    }

    private void add(PortGrant grant) {
        leftOut.addAll(without(List.of(grant)));
        grants.put(grant.name(), grant);
        grant.protocols().forEach(protocol -> closed(protocol).set(grant.port(), grant.lastPort() + 1));
    }

    private BitSet closed(Protocol protocol) {
        return NodeCounts.of(closed, protocol);
    }

    private Refusal exhausted() {
        String pool = pod.pool().name();
        int nodes = pod.nodes().eligible().size();
        if (nodes == 0) {
            return new Refusal(
                    Reason.NO_MATCHING_NODE,
                    "no number of pool %s is free on all nodes, and none of its %d nodes matches the pod's nodeSelector and affinity; the pod is served as soon as one does"
                            .formatted(pool, pod.nodes().ofPool().size()));
        }
        if (pod.nodes().eligible().values().stream()
                .allMatch(node -> pod.pool().usableOn(node).isEmpty())) {
            return new Refusal(
                    Reason.POOL_EXHAUSTED,
                    "pool %s has no port that can be assigned on any of the %d nodes that the pod may run on: all of its ports are excluded or lie in an ephemeral range there; choose other ranges, or reserve ports with net.ipv4.ip_local_reserved_ports"
                            .formatted(pool, nodes));
        }
        RequestedPort first =
                lacking().isEmpty() ? pod.requestedPorts().get(0) : lacking().get(0);
        String what = first.count() == 1 ? "no port is" : "no %d consecutive ports are".formatted(first.count());
        return new Refusal(
                Reason.POOL_EXHAUSTED,
                "%s free for '%s' (%s) in pool %s on any of the %d nodes that the pod may run on, or only ports that are held on more than %d others; the pod is served as soon as one is released; to serve it sooner, widen the pool's ranges or add a node"
                        .formatted(what, first.name(), first.transport(), pool, nodes, MOST_LEFT_OUT));
    }
}
