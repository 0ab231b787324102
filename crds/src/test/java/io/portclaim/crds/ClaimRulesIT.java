package io.portclaim.crds;

import static io.portclaim.crds.Row.accepted;
import static io.portclaim.crds.Row.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the API server lets through as a PortClaim, and what it says to the rest. */
@ExtendWith(LocalCluster.class)
class ClaimRulesIT {
    private static final String WHERE = "scope Node needs a selection of nodes: set one of nodeName";
    private static final String ONE_FORM = "nodeName, nodeSelector and allNodes exclude each other";
    private static final String CLUSTER = "scope Cluster requests one number for all nodes of the cluster: leave out";
    private static final String POD =
            "scope Pod requests ports for each pod on the node that it is scheduled to: leave out nodeName";
    private static final String PORT_NAME = "not a port name: write at most 15 lower-case letters, digits and dashes";
    private static final String SAME_NUMBER = "two of the ports request the same number on the same protocol";
    private static final String BEYOND = "the block ends beyond 65535";
    private static final String VALUES = "In and NotIn need values to compare with; Exists and DoesNotExist take none";

    static List<Row> scopes() {
        return List.of(
                accepted("one node", "{scope: Node, nodeName: node-a, ports: [{name: http}]}"),
                accepted("nodes by label", "{scope: Node, nodeSelector: {matchLabels: {a: b}}, ports: [{name: http}]}"),
                accepted("every node", "{scope: Node, allNodes: true, ports: [{name: http}]}"),
                accepted("the cluster", "{scope: Cluster, ports: [{name: http}]}"),
                accepted("null is left out", "{scope: Cluster, nodeName: null, allNodes: null, ports: [{name: http}]}"),
                refused("no scope", "{allNodes: true, ports: [{name: http}]}", "spec.scope: Required value"),
                refused(
                        "unknown scope",
                        "{scope: Zone, ports: [{name: http}]}",
                        "supported values: \"Cluster\", \"Node\", \"Pod\""),
                accepted("each pod", "{scope: Pod, ports: [{name: http}, {name: rtp, count: 2, alignment: 2}]}"),
                accepted("each pod, when full wait", "{scope: Pod, whenFull: Wait, ports: [{name: http}]}"),
                accepted("each pod, when full a node", "{scope: Pod, whenFull: NewNode, ports: [{name: http}]}"),
                refused(
                        "each pod, when full something else",
                        "{scope: Pod, whenFull: Move, ports: [{name: http}]}",
                        "supported values: \"NewNode\", \"Wait\""),
                refused("Pod with a node", "{scope: Pod, nodeName: a, ports: [{name: http}]}", POD),
                refused("Pod with all nodes", "{scope: Pod, allNodes: true, ports: [{name: http}]}", POD),
                refused(
                        "Pod with a selector",
                        "{scope: Pod, nodeSelector: {matchLabels: {a: b}}, ports: [{name: http}]}",
                        POD),
                refused(
                        "Pod with a number",
                        "{scope: Pod, ports: [{name: http}, {name: game, port: 21080}]}",
                        "scope Pod assigns other numbers to each pod: leave out port"),
                refused(
                        "whenFull without pods",
                        "{scope: Cluster, whenFull: Wait, ports: [{name: http}]}",
                        "whenFull is for scope Pod only"),
                refused("Node, but where", "{scope: Node, ports: [{name: http}]}", WHERE),
                refused("Node, twice", "{scope: Node, nodeName: a, allNodes: true, ports: [{name: http}]}", ONE_FORM),
                refused(
                        "Node, thrice",
                        "{scope: Node, nodeName: a, nodeSelector: {matchLabels: {a: b}}, allNodes: true, ports: [{name: x}]}",
                        ONE_FORM),
                refused("Cluster with a node", "{scope: Cluster, nodeName: a, ports: [{name: http}]}", CLUSTER),
                refused("Cluster with all nodes", "{scope: Cluster, allNodes: true, ports: [{name: http}]}", CLUSTER),
                refused(
                        "Cluster with a selector",
                        "{scope: Cluster, nodeSelector: {matchLabels: {a: b}}, ports: [{name: http}]}",
                        CLUSTER),
                refused(
                        "allNodes: false",
                        "{scope: Node, allNodes: false, ports: [{name: http}]}",
                        "allNodes can only be true: leave it out and set nodeName or nodeSelector instead"),
                refused(
                        "a node's name in capitals",
                        "{scope: Node, nodeName: Node A, ports: [{name: http}]}",
                        "not the name of a node: write it as `kubectl get nodes` shows it"));
    }

    static List<Row> selectors() {
        String empty = "nodeSelector must not be empty (is matchLabels spelt correctly?): for every node of the pool,"
                + " use allNodes: true instead";
        return List.of(
                accepted("by expression", selecting("{matchExpressions: [{key: a, operator: In, values: [b]}]}")),
                accepted("by presence", selecting("{matchExpressions: [{key: a, operator: Exists}]}")),
                refused("empty", selecting("{}"), empty),
                refused("empty labels", selecting("{matchLabels: {}}"), empty),
                refused("empty expressions", selecting("{matchExpressions: []}"), empty),
                refused("misspelt", selecting("{matchlabels: {a: b}}"), empty),
                refused(
                        "unknown operator",
                        selecting("{matchExpressions: [{key: a, operator: Is}]}"),
                        "supported values"),
                refused("In nothing", selecting("{matchExpressions: [{key: a, operator: In}]}"), VALUES),
                refused(
                        "Exists as",
                        selecting("{matchExpressions: [{key: a, operator: Exists, values: [b]}]}"),
                        VALUES));
    }

    static List<Row> ports() {
        return List.of(
                accepted("every protocol", ports("[{name: a}, {name: b, protocol: UDP}, {name: c, protocol: SCTP}]")),
                accepted("on both", ports("[{name: dns, protocol: TCPUDP, port: 5353}]")),
                accepted("the last port", ports("[{name: a, port: 65535}]")),
                accepted("the last block", ports("[{name: a, port: 65532, count: 4}]")),
                accepted("the longest name", ports("[{name: a23456789012345}]")),
                accepted("a name of one letter", ports("[{name: a}]")),
                accepted("TCP beside UDP", ports("[{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]")),
                accepted(
                        "TCP, left out, beside SCTP",
                        ports("[{name: a, port: 53}, {name: b, port: 53, protocol: SCTP}]")),
                accepted(
                        "TCPUDP beside SCTP",
                        ports("[{name: a, port: 53, protocol: TCPUDP}, {name: b, port: 53, protocol: SCTP}]")),
                accepted(
                        "blocks that overlap on two protocols",
                        ports("[{name: a, port: 80, count: 4, protocol: UDP}, {name: b, port: 82, count: 4}]")),
                accepted("aligned", ports("[{name: rtp, protocol: UDP, port: 5004, count: 2, alignment: 2}]")),
                accepted(
                        "the largest alignment",
                        ports("[{name: a, port: 64, alignment: 64}, {name: b, alignment: 64}]")),
                accepted("aligned to any", ports("[{name: a, port: 81, alignment: 1}]")),
                accepted("blocks side by side", ports("[{name: a, port: 100, count: 4}, {name: b, port: 104}]")),
                refused("none", ports("[]"), "spec.ports in body should have at least 1 items"),
                refused("left out", "{scope: Cluster}", "spec.ports: Required value"),
                refused("nameless", ports("[{port: 80}]"), "spec.ports[0].name: Required value"),
                refused("a name twice", ports("[{name: a}, {name: a}]"), "spec.ports[1]: Duplicate value"),
                refused("a name too long", ports("[{name: a234567890123456}]"), "may not be more than 15"),
                refused("a name with capitals", ports("[{name: Http}]"), PORT_NAME),
                refused("a name with a digit first", ports("[{name: 1http}]"), PORT_NAME),
                refused("a name with a dash last", ports("[{name: http-}]"), PORT_NAME),
                refused("unknown protocol", ports("[{name: a, protocol: tcp}]"), "supported values: \"SCTP\", \"TCP\""),
                refused("port 0", ports("[{name: a, port: 0}]"), "should be greater than or equal to 1"),
                refused("port 65536", ports("[{name: a, port: 65536}]"), "should be less than or equal to 65535"),
                refused("count 0", ports("[{name: a, count: 0}]"), "should be greater than or equal to 1"),
                refused("a block that ends beyond", ports("[{name: a, port: 65533, count: 4}]"), BEYOND),
                refused("a number twice", ports("[{name: a, port: 80}, {name: b, port: 80}]"), SAME_NUMBER),
                refused(
                        "blocks that overlap",
                        ports("[{name: a, port: 80, count: 4}, {name: b, port: 83}]"),
                        SAME_NUMBER),
                refused(
                        "a number twice, once with TCP written out",
                        ports("[{name: a, port: 80, protocol: TCP}, {name: b, port: 80}]"),
                        SAME_NUMBER + ": give them different numbers or protocols"),
                refused(
                        "a number twice on SCTP",
                        ports("[{name: a, port: 80, protocol: SCTP}, {name: b, port: 80, protocol: SCTP}]"),
                        SAME_NUMBER),
                refused(
                        "TCPUDP twice",
                        ports("[{name: a, port: 53, protocol: TCPUDP}, {name: b, port: 53, protocol: TCPUDP}]"),
                        SAME_NUMBER),
                refused(
                        "TCPUDP over TCP, left out",
                        ports("[{name: a, port: 50, count: 4, protocol: TCPUDP}, {name: b, port: 53}]"),
                        SAME_NUMBER + " (TCPUDP is both TCP and UDP)"),
                refused("alignment 0", ports("[{name: a, alignment: 0}]"), "should be greater than or equal to 1"),
                refused("alignment 65", ports("[{name: a, alignment: 65}]"), "should be less than or equal to 64"),
                refused(
                        "a port that is not aligned",
                        ports("[{name: a, port: 5005, alignment: 2}]"),
                        "the port is not a multiple of alignment: request one that is"),
                refused(
                        "TCPUDP over UDP",
                        ports("[{name: a, port: 53, protocol: TCPUDP}, {name: b, port: 53, protocol: UDP}]"),
                        SAME_NUMBER));
    }

    static List<Row> names() {
        return List.of(
                accepted("a pool", "{poolName: games.eu-1, scope: Cluster, ports: [{name: a}]}"),
                accepted("a ConfigMap", "{configMapName: web.ports, scope: Cluster, ports: [{name: a}]}"),
                refused(
                        "no pool's name",
                        "{poolName: Games, scope: Cluster, ports: [{name: a}]}",
                        "not the name of a PortPool: write lower-case letters"),
                refused(
                        "an empty pool name",
                        "{poolName: '', scope: Cluster, ports: [{name: a}]}",
                        "spec.poolName in body should be at least 1 chars long"),
                refused(
                        "no ConfigMap's name",
                        "{configMapName: web_ports, scope: Cluster, ports: [{name: a}]}",
                        "not a name for a ConfigMap: write lower-case letters"));
    }

    @ParameterizedTest
    @MethodSource({"scopes", "selectors", "ports", "names"})
    void checksTheSpec(Row row, KubernetesClient client) {
        Manifest claim = Manifest.claim("default", "web", row.spec());
        assertThat(Manifest.refusal(() -> claim.check(client)))
                .contains(row.refusal() == null ? "accepted" : row.refusal());
    }

    @Test
    void keepsTheDefaultConfigMapsNameInBounds(KubernetesClient client) {
        String longest = "n".repeat(247);
        String spec = "{scope: Cluster, ports: [{name: a}]}";
        Manifest fits = Manifest.claim("default", longest, spec);
        Manifest tooLong = Manifest.claim("default", longest + "n", spec);
        Manifest named = tooLong.withSpec("{scope: Cluster, configMapName: ports, ports: [{name: a}]}");

        assertThat(Manifest.refusal(() -> fits.check(client))).isEqualTo("accepted");
        assertThat(Manifest.refusal(() -> tooLong.check(client)))
                .contains("longer than 247 characters", "set spec.configMapName, or shorten the name");
        assertThat(Manifest.refusal(() -> named.check(client))).isEqualTo("accepted");
    }

    private static String selecting(String selector) {
        return "{scope: Node, nodeSelector: " + selector + ", ports: [{name: http}]}";
    }

    private static String ports(String ports) {
        return "{scope: Cluster, ports: " + ports + "}";
    }
}
