package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A claim as the API server has it. */
final class SimulatedClaim {
    final String uid;
    final ClaimKey key;
    final Instant created;
    final String pool;
    /** A node's name, "*" for Cluster scope, "" for all nodes. */
    final String where;

    List<RequestedPort> requestedPorts;
    Assignment status = Assignment.NONE;
    /** Grows with each edit and each write of the status. */
    long version = 1;

    SimulatedClaim(
            String uid, ClaimKey key, Instant created, String pool, String where, List<RequestedPort> requestedPorts) {
        this.uid = uid;
        this.key = key;
        this.created = created;
        this.pool = pool;
        this.where = where;
        this.requestedPorts = requestedPorts;
    }

    String configMap() {
        return key.name() + "-ports";
    }

    /** Adds, drops, replaces, swaps, re-pins, resizes or aligns ports, or adds one of the same number on another protocol. */
    void edit(int how, int which, SimulatedSurroundings around) {
        List<RequestedPort> edited = new ArrayList<>(requestedPorts);
        int at = which % edited.size();
        RequestedPort old = edited.get(at);
        switch (how % 9) {
            case 0 -> edited.add(around.requested(how / 9, which));
            case 1 -> {
                if (edited.size() > 1) {
                    edited.remove(at);
                }
            }
            case 2 -> edited.set(at, around.requested(how / 9, which));
            case 3 -> {
                Integer other = edited.get(how / 9 % edited.size()).port();
                edited.set(how / 9 % edited.size(), repinned(edited.get(how / 9 % edited.size()), old.port()));
                edited.set(at, repinned(old, other));
            }
            case 4, 5 -> edited.set(at, resized(old, 1 + how / 9 % 6));
            case 6 -> edited.set(at, aligned(old, 1 + how / 9 % 4));
            case 7 -> edited.add(around.twin(old, how / 9));
            default ->
                edited.set(
                        at,
                        repinned(
                                old,
                                old.port() == null
                                        ? Integer.valueOf(SimulatedSurroundings.FIRST_PORT + which % 40)
                                        : null));
        }
        requestedPorts = List.copyOf(edited);
        version++;
    }

    void write(Assignment next) {
        status = next;
        version++;
    }

    private static RequestedPort repinned(RequestedPort requested, @Nullable Integer port) {
        return allowed(new RequestedPort(
                requested.name(), requested.transport(), port, requested.count(), requested.alignment()));
    }

    private static RequestedPort resized(RequestedPort requested, int count) {
        return new RequestedPort(
                requested.name(), requested.transport(), requested.port(), count, requested.alignment());
    }

    private static RequestedPort aligned(RequestedPort requested, int alignment) {
        return allowed(new RequestedPort(
                requested.name(), requested.transport(), requested.port(), requested.count(), alignment));
    }

    /** The schema refuses a port that is not aligned. */
    private static RequestedPort allowed(RequestedPort requested) {
        return requested.port() == null || requested.port() % requested.alignment() == 0
                ? requested
                : new RequestedPort(requested.name(), requested.transport(), requested.port(), requested.count());
    }

    /** The claim as a new leader reads it. */
    Recovery.Known known() {
        return new Recovery.Known(
                new ClaimAllocation(uid, key, created, pool, configMap(), version, status, null), Assignment.NONE);
    }

    Request request(PoolRules rules, List<NodeFacts> nodes) {
        List<Request.Target> targets = switch (where) {
            case "*" -> List.of(new Request.Target("*", nodes));
            case "" -> nodes.stream().map(SimulatedClaim::target).toList();
            default ->
                nodes.stream()
                        .filter(node -> node.name().equals(where))
                        .map(SimulatedClaim::target)
                        .toList();
        };
        return new Request(uid, key, created, version, rules, configMap(), requestedPorts, targets);
    }

    private static Request.Target target(NodeFacts node) {
        return new Request.Target(node.name(), List.of(node));
    }

    @Override
    public String toString() {
        return "%s(%s, %s, pool %s, at %s)".formatted(key, uid, new TreeSet<>(askTexts()), pool, where);
    }

    private List<String> askTexts() {
        return requestedPorts.stream()
                .map(requested -> "%s=%s/%s x%d @%d"
                        .formatted(
                                requested.name(),
                                requested.port(),
                                requested.transport(),
                                requested.count(),
                                requested.alignment()))
                .toList();
    }
}
