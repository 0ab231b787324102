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

    /** Adds, drops, replaces, swaps or re-pins ports. */
    void edit(int how, int which, SimulatedSurroundings around) {
        List<PortAsk> edited = new ArrayList<>(asks);
        int at = which % edited.size();
        PortAsk old = edited.get(at);
        switch (how % 5) {
            case 0 -> edited.add(around.ask(how / 5, which));
            case 1 -> {
                if (edited.size() > 1) {
                    edited.remove(at);
                }
            }
            case 2 -> edited.set(at, around.ask(how / 5, which));
            case 3 -> {
                Integer other = edited.get(how / 5 % edited.size()).port();
                edited.set(how / 5 % edited.size(), repinned(edited.get(how / 5 % edited.size()), old.port()));
                edited.set(at, repinned(old, other));
            }
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
        return new PortAsk(ask.name(), ask.transport(), port, ask.count());
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
                .map(ask -> "%s=%s/%s x%d".formatted(ask.name(), ask.port(), ask.transport(), ask.count()))
                .toList();
    }
}
