package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.List;
import java.util.TreeSet;

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

    /** The claim as a new leader reads it. */
    Recovery.Known known() {
        int numbers = asks.stream().mapToInt(PortAsk::count).sum();
        return new Recovery.Known(
                new Holding(uid, key, created, pool, configMap(), numbers, status, null), Assignment.NONE);
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
        return new Request(uid, key, created, rules, configMap(), asks, targets);
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
