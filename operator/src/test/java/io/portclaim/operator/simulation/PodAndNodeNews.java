package io.portclaim.operator.simulation;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portclaim.operator.node.ClusterView;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** What one process hears of pods and nodes: late, and in the order in which it happened. */
public final class PodAndNodeNews {
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final ClusterView view;
    private final Random random;
    private final Duration lag;
    private final Deque<Later> news = new ArrayDeque<>();

    private record Later(long at, Runnable work) {}

    /** The process knows all that there is now, and hears of the rest at most {@code lag} late. */
    PodAndNodeNews(Baton baton, SimulatedCluster cluster, ClusterView view, Random random, Duration lag) {
        this.baton = baton;
        this.cluster = cluster;
        this.view = view;
        this.random = random;
        this.lag = lag;
        cluster.nodes().names().forEach(node -> view.nodes().onAdd(node(node)));
        cluster.pods().forEach(pod -> view.pods().onAdd(pod.object()));
    }

    public void podCreated(SimulatedPod pod) {
        soon(() -> view.pods().onAdd(pod.object()));
    }

    public void podEnded(SimulatedPod pod) {
        soon(() -> view.pods().onDelete(pod.object(), false));
    }

    /** What it hears is what the nodes are then. */
    public void nodesChanged() {
        soon(() -> {
            Set<String> present = Set.copyOf(cluster.nodes().names());
            for (String name : List.copyOf(new TreeSet<>(view.nodes().names()))) {
                if (!present.contains(name)) {
                    view.nodes().onDelete(node(name), false);
                }
            }
            for (String name : cluster.nodes().names()) {
                if (!view.nodes().exists(name)) {
                    view.nodes().onAdd(node(name));
                }
            }
        });
    }

    private static Node node(String name) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("kubernetes.io/hostname", SimulatedNodes.hostname(name))
                .endMetadata()
                .build();
    }

    void hear() {
        while (!news.isEmpty() && news.peek().at <= baton.nanos()) {
            news.remove().work.run();
        }
    }

    private void soon(Runnable work) {
        news.add(new Later(baton.nanos() + (long) (random.nextDouble() * lag.toNanos()), work));
    }
}
