package io.portclaim.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What may be edited in a claim, and what the API server says to the rest. */
@ExtendWith(LocalCluster.class)
class ImmutabilityIT {
    private static final String POOL = "poolName cannot be set, changed or removed later: to use another pool";
    private static final String CONFIG_MAP = "configMapName cannot be set, changed or removed later, because pods read";
    private static final String FORM = "a claim cannot be switched between nodeName, nodeSelector and allNodes";
    private static final String ACCEPTED = "accepted";

    private record Edit(String what, String before, String after, String answer) {
        @Override
        public String toString() {
            return what;
        }
    }

    static List<Edit> edits() {
        return List.of(
                new Edit("poolName changed", in("poolName: a"), in("poolName: b"), POOL),
                new Edit("poolName removed", in("poolName: a"), in("scope: Cluster"), POOL),
                new Edit("poolName set", in("scope: Cluster"), in("poolName: a"), POOL),
                new Edit("configMapName changed", in("configMapName: a"), in("configMapName: b"), CONFIG_MAP),
                new Edit("configMapName removed", in("configMapName: a"), in("scope: Cluster"), CONFIG_MAP),
                new Edit("configMapName set", in("scope: Cluster"), in("configMapName: a"), CONFIG_MAP),
                new Edit("scope changed", in("scope: Cluster"), on("allNodes: true"), "scope cannot be changed"),
                new Edit(
                        "nodeName changed",
                        on("nodeName: a"),
                        on("nodeName: b"),
                        "nodeName cannot be changed, because the ports"),
                new Edit("nodeName to allNodes", on("nodeName: a"), on("allNodes: true"), FORM),
                new Edit("allNodes to nodeName", on("allNodes: true"), on("nodeName: a"), FORM),
                new Edit("allNodes to selector", on("allNodes: true"), on("nodeSelector: {matchLabels: {a: b}}"), FORM),
                new Edit(
                        "protocol changed",
                        ports("[{name: a}]"),
                        ports("[{name: a, protocol: UDP}]"),
                        "the protocol of a port"),
                new Edit(
                        "protocol removed",
                        ports("[{name: a, protocol: UDP}]"),
                        ports("[{name: a}]"),
                        "the protocol of a port"),
                new Edit(
                        "protocol changed behind a new port",
                        ports("[{name: a, protocol: TCP}]"),
                        ports("[{name: b}, {name: a, protocol: UDP}]"),
                        "the protocol of a port"),
                new Edit("protocol TCP removed", ports("[{name: a, protocol: TCP}]"), ports("[{name: a}]"), ACCEPTED),
                new Edit("protocol TCP set", ports("[{name: a}]"), ports("[{name: a, protocol: TCP}]"), ACCEPTED),
                new Edit("count grown", ports("[{name: a}]"), ports("[{name: a, count: 2}]"), ACCEPTED),
                new Edit("count shrunk", ports("[{name: a, count: 3}]"), ports("[{name: a, count: 2}]"), ACCEPTED),
                new Edit("count removed", ports("[{name: a, count: 2}]"), ports("[{name: a}]"), ACCEPTED),
                new Edit(
                        "count grown into the next port",
                        ports("[{name: a, port: 80}, {name: b, port: 81}]"),
                        ports("[{name: a, port: 80, count: 2}, {name: b, port: 81}]"),
                        "two of the ports request the same number on the same protocol"),
                new Edit("alignment set", ports("[{name: a}]"), ports("[{name: a, alignment: 2}]"), ACCEPTED),
                new Edit("alignment removed", ports("[{name: a, alignment: 2}]"), ports("[{name: a}]"), ACCEPTED),
                new Edit(
                        "selector's labels changed",
                        on("nodeSelector: {matchLabels: {a: b}}"),
                        on("nodeSelector: {matchLabels: {a: c}}"),
                        ACCEPTED),
                new Edit("port added", ports("[{name: a}]"), ports("[{name: b, count: 2}, {name: a}]"), ACCEPTED),
                new Edit("port removed", ports("[{name: a}, {name: b}]"), ports("[{name: b}]"), ACCEPTED),
                new Edit("port set", ports("[{name: a}]"), ports("[{name: a, port: 80}]"), ACCEPTED),
                new Edit("port changed", ports("[{name: a, port: 80}]"), ports("[{name: a, port: 81}]"), ACCEPTED),
                new Edit(
                        "default written out",
                        ports("[{name: a}]"),
                        ports("[{name: a, protocol: TCP, count: 1}]"),
                        ACCEPTED));
    }

    @ParameterizedTest
    @MethodSource("edits")
    void answersAnEdit(Edit edit, LocalCluster cluster, KubernetesClient client) {
        Manifest claim = Manifest.claim(cluster.newNamespace(), "web", edit.before);
        claim.create(client);
        assertThat(Manifest.refusal(() -> claim.withSpec(edit.after).checkUpdate(client)))
                .contains(edit.answer);
    }

    private static String in(String field) {
        return field.startsWith("scope")
                ? "{scope: Cluster, ports: [{name: a}]}"
                : "{scope: Cluster, " + field + ", ports: [{name: a}]}";
    }

    private static String on(String field) {
        return "{scope: Node, " + field + ", ports: [{name: a}]}";
    }

    private static String ports(String ports) {
        return "{scope: Cluster, ports: " + ports + "}";
    }
}
