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

    List<PortAsk> asks;
    Assignment status = Assignment.NONE;
    /** Grows with each edit and each write of the status. */
    long version = 1;

    SimulatedClaim(String uid, ClaimKey key, Instant created, String pool, String where, List<PortAsk> asks) {
        this.uid = uid;
        this.key = key;
        this.created = created;
        this.pool = pool;
        this.where = where;
        this.asks = asks;
    }

    String configMap() {
        return key.name() + "-ports";
    }

    /** Adds, drops, replaces, swaps, re-pins, resizes or aligns ports, or adds one of the same number on another protocol. */
    void edit(int how, int which, SimulatedSurroundings around) {
        List<PortAsk> edited = new ArrayList<>(asks);
        int at = which % edited.size();
        PortAsk old = edited.get(at);
        switch (how % 9) {
            case 0 -> edited.add(around.ask(how / 9, which));
            case 1 -> {
                if (edited.size() > 1) {
                    edited.remove(at);
                }
            }
            case 2 -> edited.set(at, around.ask(how / 9, which));
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
        asks = List.copyOf(edited);
        version++;
    }

    void write(Assignment next) {
        status = next;
        version++;
    }

    private static PortAsk repinned(PortAsk ask, @Nullable Integer port) {
        return allowed(new PortAsk(ask.name(), ask.transport(), port, ask.count(), ask.alignment()));
    }

    private static PortAsk resized(PortAsk ask, int count) {
        return new PortAsk(ask.name(), ask.transport(), ask.port(), count, ask.alignment());
    }

    private static PortAsk aligned(PortAsk ask, int alignment) {
        return allowed(new PortAsk(ask.name(), ask.transport(), ask.port(), ask.count(), alignment));
    }

    /** The schema refuses a port that is not aligned. */
    private static PortAsk allowed(PortAsk ask) {
        return ask.port() == null || ask.port() % ask.alignment() == 0
                ? ask
                : new PortAsk(ask.name(), ask.transport(), ask.port(), ask.count());
    }

    /** The claim as a new leader reads it. */
    Recovery.Known known() {
        return new Recovery.Known(
                new Holding(uid, key, created, pool, configMap(), version, status, null), Assignment.NONE);
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
        return new Request(uid, key, created, version, rules, configMap(), asks, targets);
    }

    private static Request.Target target(NodeFacts node) {
        return new Request.Target(node.name(), List.of(node));
    }

    @Override
    public String toString() {
        return "%s(%s, %s, pool %s, at %s)".formatted(key, uid, new TreeSet<>(askTexts()), pool, where);
    }

    private List<String> askTexts() {
        return asks.stream()
                .map(ask -> "%s=%s/%s x%d @%d"
                        .formatted(ask.name(), ask.port(), ask.transport(), ask.count(), ask.alignment()))
                .toList();
    }
}
