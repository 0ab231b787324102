package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The policies that the chart renders where Kubernetes is older than 1.36, which nothing but their text distinguishes: the API
 * server adds nothing, and a template that lacks the gate is refused with what to add.
 */
@ExtendWith(ChartCluster.class)
class PodScopeOlderIT {
    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, labels: {portclaim.io/claim: web}}
            spec: {automountServiceAccountToken: false, %s containers: [{name: main, image: a}]}
            """;
    private static final String GATE = "schedulingGates: [{name: portclaim.io/ports}],";

    @Test
    void aTemplateNeedsTheGate(LocalCluster cluster, @TempDir Path folder) throws Exception {
        String namespace = cluster.newNamespace();
        String pods = "/api/v1/namespaces/%s/pods".formatted(namespace);
        Wire admin = new Wire(cluster.client());
        try (Release installed = Release.install(cluster, "{}")) {
            Path policies = Files.writeString(folder.resolve("policies.yaml"), rendered());
            cluster.kubectl("apply", "-f", policies.toString());
            try {
                YamlObjects.create(cluster.client(), PortClaim.class, """
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata: {name: web, namespace: %s}
                        spec: {scope: Pod, ports: [{name: http}]}
                        """.formatted(namespace));
                await("the policies hold")
                        .atMost(SOON)
                        .untilAsserted(() -> assertThat(admin.post(pods + "?dryRun=All", POD.formatted("tried", "")))
                                .startsWith("403")
                                .contains(
                                        "no scheduling gate portclaim.io/ports",
                                        "add schedulingGates: [{name: portclaim.io/ports}] to the pod's template",
                                        "PortClaim web"));
                assertThat(admin.post(pods, POD.formatted("complete", GATE))).isEqualTo("201");
                String pod = pods + "/complete";
                assertThat(admin.patch(pod, "[{op: remove, path: /spec/schedulingGates/0}]"))
                        .startsWith("403")
                        .contains("is removed by the operator only");
                assertThat(admin.merge(pod, "{metadata: {annotations: {port.portclaim.io/http: \"80\"}}}"))
                        .startsWith("403")
                        .contains("is written by the operator only, once");
            } finally {
                cluster.kubectl("delete", "-f", policies.toString());
                cluster.client()
                        .pods()
                        .inNamespace(namespace)
                        .withGracePeriod(0)
                        .delete();
                cluster.client().resources(PortClaim.class).inAnyNamespace().delete();
            }
        }
    }

    private static String rendered() {
        String manifest = Chart.withFile(
                "{podScope: {enabled: true}}",
                file -> Chart.helm()
                        .template()
                        .withName(Chart.RELEASE)
                        .withNamespace(Chart.NAMESPACE)
                        .withKubeVersion("1.34.2")
                        .withValuesFile(file)
                        .call());
        return Stream.of(manifest.split("(?m)^---\\s*$"))
                .filter(document -> document.contains("templates/admission-podscope.yaml"))
                .collect(Collectors.joining("\n---\n"));
    }
}
