package io.portclaim.crds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users see of the API in kubectl. */
@ExtendWith(LocalCluster.class)
class KubectlIT {
    private static final String REPORT = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortReport
            metadata: {name: node-a}
            status:
              ephemeralRange: 32768-60999
              reservedPorts: 2703,9808-9809
              ephemeralPorts: 28232
              connectionsPerSecond: 470
              listeners: {tcp: "22,10248-10250", udp: "68"}
              reporter: {namespace: portclaim-system, name: portclaim-agent-x7k2p, uid: u}
              reportedAt: "2026-11-23T09:30:00Z"
              conditions:
              - {type: EphemeralPortPressure, status: "True", lastTransitionTime: "2026-11-23T09:30:00Z", reason: DestinationNearlyFull, message: ""}
            """;
    private static final String CLAIM = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortClaim
            metadata: {name: web, namespace: %s}
            spec: {scope: Node, allNodes: true, poolName: games, ports: [{name: http}]}
            status:
              phase: Bound
              poolName: games
              configMapName: web-ports
              summary: http=21080, game=21100-21103/UDP
              nodesDesired: 3
              nodesAssigned: 2
              conditions:
              - {type: Assigned, status: "True", lastTransitionTime: "2026-11-23T09:30:00Z", reason: Assigned, message: ""}
              - {type: Ready, status: "False", lastTransitionTime: "2026-11-23T09:30:00Z", reason: PoolExhausted,
                 message: no port is free on node-c}
              - {type: Usable, status: "False", lastTransitionTime: "2026-11-23T09:30:00Z", reason: HeldByOthers,
                 message: a process on node-b listens on 21080}
            """;
    private static final String POOL = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortPool
            metadata: {name: kubectl-it, annotations: {portclaim.io/is-default-pool: "true"}}
            spec: {ranges: [21000-28999, 31999]}
            status:
              nodes: 3
              claims: 7
              slots: {total: 24003, assigned: 3, cooling: 2, available: 23998}
              tightestNode: {name: node-c, available: 11}
              clusterNumbers: {total: 8000, available: 5}
              conditions:
              - {type: Ready, status: "True", lastTransitionTime: "2026-11-23T09:30:00Z", reason: Ready, message: ""}
            """;

    @AfterEach
    void deletePool(KubernetesClient client) {
        client.resources(PortPool.class).withName("kubectl-it").delete();
        client.resources(PortLedger.class).withName("cluster").delete();
    }

    @Test
    void printsClaims(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        PortClaim claim = client.getKubernetesSerialization().unmarshal(CLAIM.formatted(namespace), PortClaim.class);
        client.resource(claim).create();
        client.resource(claim).updateStatus();

        String[] table = cluster.kubectl("get", "pclaim", "-n", namespace).split("\n");
        assertThat(columns(table[0]))
                .containsExactly("NAME", "POOL", "SCOPE", "PHASE", "PORTS", "REASON", "USABLE", "AGE");
        assertThat(columns(table[1]))
                .startsWith(
                        "web", "games", "Node", "Bound", "http=21080, game=21100-21103/UDP", "PoolExhausted", "False")
                .hasSize(8);

        String[] wide = cluster.kubectl("get", "portclaims", "-n", namespace, "-o", "wide")
                .split("\n");
        assertThat(columns(wide[0]))
                .containsExactly(
                        "NAME",
                        "POOL",
                        "SCOPE",
                        "PHASE",
                        "PORTS",
                        "REASON",
                        "USABLE",
                        "ASSIGNED",
                        "NODES",
                        "SERVED",
                        "WAITING",
                        "CONFIGMAP",
                        "MESSAGE",
                        "USABLE-MESSAGE",
                        "AGE");
        assertThat(columns(wide[1]))
                .contains("2", "3", "web-ports", "no port is free on node-c", "a process on node-b listens on 21080");
    }

    @Test
    void printsPools(LocalCluster cluster, KubernetesClient client) {
        PortPool pool = client.getKubernetesSerialization().unmarshal(POOL, PortPool.class);
        client.resource(pool).create();
        client.resource(pool).updateStatus();

        String[] table = cluster.kubectl("get", "ppool", "kubectl-it").split("\n");
        assertThat(columns(table[0]))
                .containsExactly("NAME", "RANGES", "DEFAULT", "AVAILABLE", "CLUSTER-FREE", "ASSIGNED", "READY", "AGE");
        assertThat(columns(table[1]))
                .startsWith("kubectl-it", "[\"21000-28999\",31999]", "true", "23998", "5", "3", "True")
                .hasSize(8);

        String[] wide =
                cluster.kubectl("get", "portpool", "kubectl-it", "-o", "wide").split("\n");
        assertThat(columns(wide[0]))
                .containsExactly(
                        "NAME",
                        "RANGES",
                        "DEFAULT",
                        "AVAILABLE",
                        "CLUSTER-FREE",
                        "ASSIGNED",
                        "READY",
                        "TOTAL",
                        "COOLING",
                        "NODES",
                        "CLAIMS",
                        "TIGHTEST",
                        "AGE");
        assertThat(columns(wide[1])).contains("24003", "2", "3", "7", "node-c");
    }

    @Test
    void printsTheLedger(LocalCluster cluster, KubernetesClient client) {
        Manifest.ledger("cluster", "{format: 1, commitId: c, lease: portclaim-system/portclaim, holder: pod-1}")
                .create(client);

        String[] table = cluster.kubectl("get", "portledgers").split("\n");
        assertThat(columns(table[0])).containsExactly("NAME", "LEASE", "HOLDER", "AGE");
        assertThat(columns(table[1])).startsWith("cluster", "portclaim-system/portclaim", "pod-1");
    }

    @Test
    void printsAReport(LocalCluster cluster, KubernetesClient client) {
        PortReport report = client.getKubernetesSerialization().unmarshal(REPORT, PortReport.class);
        client.resource(report).create();
        client.resource(report).updateStatus();

        String[] table = cluster.kubectl("get", "preport").split("\n");
        assertThat(columns(table[0])).containsExactly("NAME", "EPHEMERAL", "RESERVED", "CONN/S", "PRESSURE", "AGE");
        assertThat(columns(table[1])).startsWith("node-a", "32768-60999", "2703,9808-9809", "470", "True");
        String[] wide = cluster.kubectl("get", "preport", "-o", "wide").split("\n");
        assertThat(columns(wide[0])).contains("TCP", "UDP");
        assertThat(columns(wide[1])).contains("22,10248-10250", "68");
    }

    /** The field's own patterns: a report that is no list of ports would block what nobody listens on. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ephemeralRange: 32768-60999|ephemeralRange: 32768 60999",
                "reservedPorts: 2703,9808-9809|reservedPorts: 2703, 9808",
                "tcp: \"22,10248-10250\"|tcp: ssh",
                "udp: \"68\"|udp: 68/udp"
            })
    void refusesAReportThatNamesNoPorts(String change, KubernetesClient client) {
        String[] fromTo = change.split("\\|");
        PortReport report = client.getKubernetesSerialization()
                .unmarshal(
                        REPORT.replace("name: node-a", "name: node-bad").replace(fromTo[0], fromTo[1]),
                        PortReport.class);
        client.resource(report).createOr(existing -> null);
        assertThatThrownBy(() -> client.resource(report).updateStatus())
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining("should match");
    }

    @Test
    void appliesTheFolder(LocalCluster cluster) {
        String folder = LocalCluster.repository().resolve("crds").toString();
        assertThat(cluster.kubectl("apply", "--dry-run=server", "-f", folder).lines())
                .hasSize(4)
                .allMatch(line ->
                        line.startsWith("customresourcedefinition.apiextensions.k8s.io/") && line.contains("port"));
    }

    @Test
    void hasACategory(LocalCluster cluster) {
        assertThat(cluster.kubectl("api-resources", "--categories=hostports", "-o", "name")
                        .lines())
                .containsExactlyInAnyOrder(
                        "portreports.portclaim.io",
                        "portclaims.portclaim.io",
                        "portledgers.portclaim.io",
                        "portpools.portclaim.io");
    }

    /** A category of the same name as a kind would make kubectl read "portclaim web" as three kinds and a name. */
    @ParameterizedTest
    @ValueSource(strings = {"portclaim", "portclaims", "pclaim"})
    void getsOneByAnyOfTheNames(String kind, LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        client.resource(client.getKubernetesSerialization().unmarshal(CLAIM.formatted(namespace), PortClaim.class))
                .create();
        assertThat(cluster.kubectl("get", kind, "web", "-n", namespace, "-o", "name"))
                .isEqualTo("portclaim.portclaim.io/web\n");
    }

    @ParameterizedTest
    @CsvSource({
        "spec.poolName=games, true", "spec.poolName=other, false",
        "spec.nodeName=node-a, true", "spec.nodeName=node-b, false",
        "spec.scope=Node, true", "spec.scope=Cluster, false",
        "status.phase=Bound, true", "status.phase=Pending, false",
        "status.poolName=games, true", "status.poolName=other, false"
    })
    void selectsClaimsByField(String selector, boolean found, LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        PortClaim claim = client.getKubernetesSerialization()
                .unmarshal(CLAIM.formatted(namespace).replace("allNodes: true", "nodeName: node-a"), PortClaim.class);
        client.resource(claim).create();
        client.resource(claim).updateStatus();

        String names = cluster.kubectl("get", "pclaim", "-n", namespace, "--field-selector", selector, "-o", "name");
        assertThat(names).isEqualTo(found ? "portclaim.portclaim.io/web\n" : "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pclaim|A PortClaim requests named ports",
                "pclaim.spec.configMapName|Left out: the claim's name with -ports appended",
                "pclaim.spec.nodeSelector.matchLabels|Labels and the values they must have",
                "pclaim.spec.ports.count|Left out: 1",
                "pclaim.spec.ports.protocol|Left out: TCP",
                "pclaim.spec.ports.alignment|2 for RTP",
                "pclaim.status.summary|game=21100-21103/UDP",
                "ppool.spec.ephemeralPorts.assumed|49152-65535 on Windows",
                "ppool.spec.cooldown.udp|at least 65s",
                "portledger.spec.lease|The Lease whose holder may write here",
                "preport.status.connectionsPerSecond|TIME_WAIT",
                "ppool.status.nodeFacts.reported|PortReport"
            })
    void explains(String field, String text, LocalCluster cluster) {
        // The API server publishes the documentation a moment after the types.
        await().atMost(Duration.ofSeconds(120))
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(cluster.kubectl("explain", field).replaceAll("\\s+", " "))
                                .contains(text));
    }

    /** The cells of a printed line; kubectl puts three blanks between them. */
    private static String[] columns(String line) {
        return line.strip().split(" {2,}");
    }
}
