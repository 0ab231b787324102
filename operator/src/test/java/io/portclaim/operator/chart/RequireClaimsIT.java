package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With admission.requireClaims, a pod's hostPort that a pool may give out needs a claim of the pod's namespace. */
@ExtendWith(ChartCluster.class)
class RequireClaimsIT {
    private static LocalCluster cluster;
    private static Release release;
    private static Wire admin;
    private static String holders;
    private static String others;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{admission: {requireClaims: {enabled: true}}}");
        admin = new Wire(cluster.client());
        holders = cluster.newNamespace();
        others = cluster.newNamespace();
        YamlObjects.create(cluster.client(), PortPool.class, """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: first}
                spec: {ranges: ["21000-21009", 21020], exclude: [21005, "21007-21008"]}
                """);
        YamlObjects.create(cluster.client(), PortPool.class, """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: second}
                spec: {ranges: ["22000-22009"]}
                """);
        claim(
                "wide",
                "ports: [{name: a, protocol: TCP, port: 21000, endPort: 21001}, {name: b, protocol: TCPUDP, port: 22000}]");
        claim("by-node", "nodes: [{names: [x], ports: [{name: a, protocol: UDP, port: 21002}]}, {names: [y]}]");
        YamlObjects.create(cluster.client(), PortClaim.class, claimNamed("waiting"));
        await("the policies hold").atMost(SOON).ignoreExceptions().untilAsserted(() -> {
            assertThat(pod(others, "", 21003, "TCP")).startsWith("403").contains("no claim of namespace");
            assertThat(pod(others, "", 22003, "TCP")).startsWith("403").contains("no claim of namespace");
            assertThat(pod(holders, "", 21000, "TCP")).isEqualTo("201");
            assertThat(pod(holders, "", 22000, "UDP")).isEqualTo("201");
            assertThat(pod(holders, "", 21002, "UDP")).isEqualTo("201");
        });
    }

    @AfterAll
    static void uninstall() {
        cluster.client().resources(PortClaim.class).inNamespace(holders).delete();
        cluster.client().resources(PortPool.class).delete();
        release.close();
    }

    private static String claimNamed(String name) {
        return """
                apiVersion: portclaim.io/v1alpha1
                kind: PortClaim
                metadata: {name: "%s", namespace: "%s"}
                spec: {scope: Node, allNodes: true, ports: [{name: a}]}
                """.formatted(name, holders);
    }

    /** A claim whose status, which the operator would write, says that. */
    private static void claim(String name, String status) {
        YamlObjects.createClaim(cluster.client(), claimNamed(name), status);
    }

    /** What the API server says to a pod with one hostPort; with {@code metadata} beside its name. */
    private static String pod(String namespace, String metadata, int port, String protocol) {
        return pods(
                namespace,
                metadata,
                "containers: [{name: main, image: a, ports: [{containerPort: 80}, {containerPort: 81, hostPort: %d, protocol: %s}]}]"
                        .formatted(port, protocol));
    }

    private static String pods(String namespace, String metadata, String spec) {
        return admin.post(
                "/api/v1/namespaces/" + namespace + "/pods?dryRun=All",
                "{metadata: {name: probe%s}, spec: {automountServiceAccountToken: false, %s}}"
                        .formatted(metadata, spec));
    }

    @ParameterizedTest
    @CsvSource({
        // Outside every pool, or excluded.
        "20999, TCP",
        "21010, TCP",
        "21019, TCP",
        "21005, UDP",
        "21007, TCP",
        "21008, TCP",
        "80, TCP",
        // Held, by a block, for both protocols, or on some node.
        "21000, TCP",
        "21001, TCP",
        "22000, TCP",
        "22000, UDP",
        "21002, UDP"
    })
    void whatIsNotAPoolsOrIsHeldIsLetIn(int port, String protocol) {
        assertThat(pod(holders, "", port, protocol)).isEqualTo("201");
    }

    @ParameterizedTest
    @CsvSource({
        "21003, TCP, first",
        "21004, TCP, first",
        "21006, UDP, first",
        "21009, TCP, first",
        "21020, TCP, first",
        "22009, TCP, second",
        // Held for another protocol.
        "21000, UDP, first",
        "21002, TCP, first",
        "22000, SCTP, second"
    })
    void whatAPoolMayGiveAndNoClaimHoldsIsRefused(int port, String protocol, String pool) {
        assertThat(pod(holders, "", port, protocol))
                .startsWith("403")
                .contains("PortPool " + pool + " may assign hostPort " + port + "/" + protocol
                        + " to a claim, but no claim of namespace " + holders + " holds it");
    }

    @Test
    void aClaimOfAnotherNamespaceIsOfNoUse() {
        assertThat(pod(others, "", 21000, "TCP")).startsWith("403").contains("no claim of namespace " + others);
    }

    @Test
    void eachPortOfEachContainerNeedsOne() {
        String held =
                "{name: a, image: a, ports: [{containerPort: 1, hostPort: 21000}, {containerPort: 2, hostPort: 21001}]}";
        String both = "{name: b, image: a, ports: [{containerPort: 3, hostPort: 22000, protocol: UDP}]}";
        String none = "{name: c, image: a, restartPolicy: Always, ports: [{containerPort: 4, hostPort: 21003}]}";
        assertThat(pods(holders, "", "containers: [%s, %s]".formatted(held, both)))
                .isEqualTo("201");
        assertThat(pods(holders, "", "initContainers: [%s], containers: [%s, %s]".formatted(none, held, both)))
                .startsWith("403")
                .contains("hostPort 21003/TCP");
    }

    /** On the node's network a container's port is a hostPort, be it said or not. */
    @Test
    void aPodOnTheNodesNetworkNeedsOneToo() {
        assertThat(pods(
                        others,
                        "",
                        "hostNetwork: true, containers: [{name: a, image: a, ports: [{containerPort: 21000}]}]"))
                .startsWith("403");
    }

    /** The annotation by which the policies speak to each other is no user's to write. */
    @ParameterizedTest
    @ValueSource(strings = {"21003/TCP", "21000/TCP 21003/TCP", " 21003/TCP "})
    void whoWritesTheAnnotationByHandGainsNothing(String forged) {
        String annotation = ", annotations: {a: b, portclaim.io/claimed-host-ports: \"%s\"}".formatted(forged);
        // The API server takes the policies in any order.
        for (int i = 0; i < 20; i++) {
            assertThat(pod(holders, annotation, 21003, "TCP")).startsWith("403");
            assertThat(pod(others, annotation, 21003, "TCP")).startsWith("403");
            assertThat(pod(holders, annotation, 21000, "TCP")).isEqualTo("201");
        }
    }

    @Test
    void someNamespacesNeedNone() {
        assertThat(pod("kube-system", "", 21003, "TCP")).isEqualTo("201");
    }

    /** One that reads claims or pools can't be evaluated when their definitions are gone, and would keep every pod out. */
    @Test
    void noPodIsKeptOutForWhatIsNotThere() {
        Rendering rendering = Chart.render("{admission: {requireClaims: {enabled: true}}}");
        assertThat(rendering.objects().stream()
                        .filter(object -> object.at("/spec/paramKind").isObject()))
                .hasSize(2)
                .allSatisfy(policy ->
                        assertThat(policy.at("/spec/failurePolicy").asText()).isEqualTo("Ignore"));
    }

    @Test
    void anOlderKubernetesIsReported() {
        assertThatThrownBy(() -> Chart.withFile(
                        "{admission: {requireClaims: {enabled: true}}}",
                        (Path file) -> Chart.helm()
                                .template()
                                .withKubeVersion("1.35.4")
                                .withValuesFile(file)
                                .call()))
                .hasMessageContaining("admission.requireClaims.enabled needs Kubernetes 1.36 or newer");
    }
}
