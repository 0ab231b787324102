package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.docs.Examples;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A claim and the workload that uses its hostPorts, in one file, need no order: the API server refuses the pods until the claim
 * has its numbers, and their controllers try again.
 */
@ExtendWith(ChartCluster.class)
class HostPortExamplesIT {
    private static final Path FOLDER = Examples.folder().resolve("host-port-by-label");
    private static final String NODE = "host-port-examples";
    private static final String PODS = "/api/v1/namespaces/" + Examples.NAMESPACE + "/pods";
    private static final String LABELLED =
            "{metadata: {name: a, labels: {portclaim.io/host-ports: none}}, spec: {automountServiceAccountToken: false,"
                    + " containers: [{name: a, image: a}]}}";

    private LocalCluster cluster;
    private Release release;

    @BeforeEach
    void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{admission: {hostPorts: {enabled: true}}, defaultPool: {create: true}}");
        cluster.addNode(NODE, Map.of("kubernetes.io/os", "linux"));
    }

    @AfterEach
    void uninstall() {
        cluster.client().resources(PortClaim.class).inAnyNamespace().delete();
        cluster.client().resources(PortPool.class).delete();
        cluster.kubectl("delete", "namespace", Examples.NAMESPACE, "--wait=false");
        cluster.removeNodes(NODE);
        release.close();
    }

    @Test
    void controllersCreateTheirPodsWhenTheClaimHasItsNumbers() {
        cluster.kubectl(
                "apply", "-f", Examples.folder().resolve("00-namespace.yaml").toString());
        await("the policies hold")
                .atMost(SOON)
                .until(() -> new Wire(cluster.client())
                        .post(PODS + "?dryRun=All", LABELLED)
                        .startsWith("403"));
        cluster.kubectl("apply", "--validate=strict", "-f", FOLDER.toString());
        await("the Deployment says why it has no pod")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(failure())
                        .contains("PortClaim portclaim-examples/store has no number yet for http"));
        try (RunningOperator operator = release.startOperator(clients -> {})) {
            assertConsecutive("store", 1);
            assertConsecutive("arena", 3);
            assertConsecutive("training", 3);
        }
    }

    private String failure() {
        return cluster.kubectl(
                "get",
                "deployment/store",
                "--namespace",
                Examples.NAMESPACE,
                "-o",
                "jsonpath={.status.conditions[?(@.type==\"ReplicaFailure\")].message}");
    }

    private List<Pod> pods(String app) {
        return cluster.client()
                .pods()
                .inNamespace(Examples.NAMESPACE)
                .withLabel("app", app)
                .list()
                .getItems();
    }

    private void assertConsecutive(String name, int count) {
        await("the pods of " + name)
                .atMost(SOON)
                .untilAsserted(() -> assertThat(pods(name)).hasSize(count));
        int first = Objects.requireNonNull(
                        release.claim(Examples.NAMESPACE, name).getStatus())
                .ports()
                .get(0)
                .port();
        assertThat(pods(name).stream()
                        .flatMap(pod -> pod.getSpec().getContainers().get(0).getPorts().stream())
                        .map(ContainerPort::getHostPort))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(first, first + count).boxed().toList());
    }
}
