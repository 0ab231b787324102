package io.portclaim.operator.docs;

import io.portclaim.operator.node.Nodes;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The files of {@code examples/}, and the cluster that makes every claim in them ready but those labelled as refused. */
public final class Examples {
    /** The namespace of all namespaced objects. */
    public static final String NAMESPACE = "portclaim-examples";
    /** Selects the claims that are there to be refused. */
    public static final String REFUSED = "expect=refused";

    private Examples() {}

    /** The folder. */
    public static Path folder() {
        return LocalCluster.repository().resolve("examples");
    }

    /** The files in the order in which kubectl applies them. */
    public static List<Path> files() {
        return Pages.in(folder(), ".yaml");
    }

    /** Applies all of them. */
    public static void applyTo(LocalCluster cluster) {
        cluster.kubectl("apply", "--validate=strict", "-f", folder().toString());
    }

    /** Adds the nodes that their selectors and names mean, the same as {@code dev/demo}'s. */
    public static void addNodes(LocalCluster cluster) {
        cluster.addNode("node-1", Map.of("workload", "games"));
        cluster.addNode("node-2", Map.of("workload", "edge"));
        cluster.kubectl("annotate", "node", "node-1", Nodes.EPHEMERAL_RANGE + "=32768-60999");
        cluster.kubectl(
                "annotate",
                "node",
                "node-2",
                Nodes.EPHEMERAL_RANGE + "=15000-60999",
                Nodes.RESERVED_PORTS + "=21000-28999");
    }
}
