package io.portclaim.operator.claim;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Measures what one change of one node costs, in milliseconds of CPU: from the watch's event to the statuses of all claims that it
 * concerns. Not a test: {@code main} takes the number of nodes, of claims of scope Node with {@code nodeName}, and of claims of scope
 * Cluster. It leaves out what an API server, the watch's JSON and the work queue cost.
 */
final class NodeChangeLoad {
    private static final int WARM_UP = 20;
    private static final int ROUNDS = 40;

    private final ServedCluster served = new ServedCluster();
    private final int nodes;

    private NodeChangeLoad(int nodes, int nodeClaims, int clusterClaims) {
        this.nodes = nodes;
        IntStream.range(0, nodes).forEach(i -> node(i, "0", ""));
        served.pools.onAdd(ServedCluster.pool("main", "{ranges: [20000-29999], limits: {portsPerClaim: 0}}"));
        served.pools.onAdd(ServedCluster.pool(
                "zone", "{ranges: [2000-9999], nodeSelector: {matchLabels: {zone: a}}, limits: {portsPerClaim: 0}}"));
        served.pools.onAdd(ServedCluster.pool("wide", "{ranges: [10000-19999], limits: {portsPerClaim: 0}}"));
        IntStream.range(0, nodeClaims)
                .forEach(i -> served.claim(
                        "n" + i,
                        "{poolName: main, scope: Node, nodeName: node-%d, ports: [{name: http}]}"
                                .formatted(i % nodes)));
        IntStream.range(0, clusterClaims)
                .forEach(i -> served.claim("c" + i, "{poolName: wide, scope: Cluster, ports: [{name: http}]}"));
        served.serve();
        change();
    }

    private void node(int i, String label, String range) {
        served.cluster
                .nodes()
                .onAdd(ServedCluster.node(
                        "node-" + i,
                        Map.of("kubernetes.io/hostname", "node-" + i, "zone", i % 3 == 0 ? "a" : "b", "load", label),
                        range.isEmpty() ? Map.of() : Map.of("portclaim.io/ephemeral-port-range", range)));
    }

    /** The node comes into the pool zone, or leaves it. */
    private void move(int i) {
        served.cluster.nodes().onAdd(ServedCluster.node("node-8", Map.of("zone", i % 2 == 0 ? "a" : "b"), Map.of()));
    }

    private void leave(int i) {
        String name = "node-" + (nodes + i);
        served.cluster.nodes().onDelete(ServedCluster.node(name, Map.of(), Map.of()), false);
    }

    private int change() {
        served.tick();
        return served.serve();
    }

    private void measure(String what, IntConsumer event) {
        for (int i = 0; i < WARM_UP; i++) {
            event.accept(i);
            change();
        }
        long claims = 0;
        long began = cpu();
        for (int i = WARM_UP; i < WARM_UP + ROUNDS; i++) {
            event.accept(i);
            claims += change();
        }
        System.out.printf(
                "%-40s %8.3f ms CPU a change, %8.1f claims looked at%n",
                what, (cpu() - began) / 1e6 / ROUNDS, (double) claims / ROUNDS);
    }

    private static long cpu() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Prints one line for each kind of change. */
    public static void main(String[] args) {
        NodeChangeLoad load =
                new NodeChangeLoad(Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        load.measure("a label that no selector reads", i -> load.node(7, "" + i, ""));
        load.measure("a label that a pool's selector reads", load::move);
        load.measure("a node joins", i -> load.node(load.nodes + i, "0", ""));
        load.measure("a node leaves", load::leave);
        load.measure("an ephemeral range, each time another", i -> load.node(7, "0", "%d-60999".formatted(31000 + i)));
    }
}
