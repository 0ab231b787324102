package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.ConfigMapKeySelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code helm test} claims a port, has a pod read it back, and leaves nothing. */
@ExtendWith(ChartCluster.class)
class HelmTestIT {
    @Test
    void claimsAPortAndReadsItBack(LocalCluster cluster) throws Exception {
        KubernetesClient client = cluster.client();
        try (Release release = Release.install(cluster, "{defaultPool: {create: true}}");
                RunningOperator operator = release.startOperator(clients -> {})) {
            operator.awaitServing();
            CompletableFuture<String> test = CompletableFuture.supplyAsync(() -> Helm.test(Chart.RELEASE)
                    .withNamespace(Chart.NAMESPACE)
                    .withKubeConfig(cluster.kubeconfig())
                    .withTimeout((int) SOON.toSeconds())
                    .call()
                    .getOutput());
            Resource<Pod> pod = client.pods().inNamespace(Chart.NAMESPACE).withName("portclaim-test");
            await("the pod").atMost(SOON).until(() -> test.isDone() || pod.get() != null);
            assertThat(pod.get()).as("the pod, while helm test says %s", test).isNotNull();
            await("what it reads")
                    .atMost(SOON)
                    .until(() -> client.configMaps()
                                    .inNamespace(Chart.NAMESPACE)
                                    .withName("portclaim-test-ports")
                                    .get()
                            != null);

            assertThat(exitCode(pod.require(), portOf(client, pod.require()))).isZero();
            // No kubelet runs it here, so its end is reported for one.
            pod.subresource("status")
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\": {\"phase\": \"Succeeded\"}}");
            assertThat(test.get(SOON.toSeconds(), TimeUnit.SECONDS)).contains("STATUS: deployed");
            assertThat(pod.get()).isNull();
            assertThat(client.resources(PortClaim.class)
                            .inNamespace(Chart.NAMESPACE)
                            .list()
                            .getItems())
                    .isEmpty();
        }
    }

    @Test
    void thePodKnowsAPortWhenItSeesOne() throws Exception {
        Pod pod = new KubernetesSerialization()
                .unmarshal(Chart.render().find("Pod", "portclaim-test").toString(), Pod.class);
        assertThat(exitCode(pod, "21128")).isZero();
        assertThat(exitCode(pod, "65535")).isZero();
        for (String odd : new String[] {"", "0", "65536", "http"}) {
            assertThat(exitCode(pod, odd)).as(odd).isNotZero();
        }
    }

    /** By the reference in the pod's own spec. */
    private static String portOf(KubernetesClient client, Pod pod) {
        ConfigMapKeySelector reference = pod.getSpec()
                .getContainers()
                .get(0)
                .getEnv()
                .get(0)
                .getValueFrom()
                .getConfigMapKeyRef();
        return client.configMaps()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(reference.getName())
                .require()
                .getData()
                .get(reference.getKey());
    }

    /** Runs what the pod's container would. */
    private static int exitCode(Pod pod, String port) throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(
                        pod.getSpec().getContainers().get(0).getCommand())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        command.environment().put("PROBE_PORT", port);
        return command.start().waitFor();
    }
}
