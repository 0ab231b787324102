package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.docs.Examples;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A claim of scope Pod and its workload, in one file, need no order: pods wait for the operator, each gets its ports, and goes on. */
@ExtendWith(ChartCluster.class)
class PodScopeExamplesIT {
    private static final Path FOLDER = Examples.folder().resolve("pod-scope");
    private static final String NODE = "pod-scope-examples";
    private static final Map<String, Integer> PODS =
            Map.of("arcade", 3, "match", 6, "shard", 3, "relay", 1, "workers", 4);
    /** The example for a Kubernetes where the API server adds nothing to pods. */
    private static final String STATIC = "static-template.yaml";

    private LocalCluster cluster;
    private Release release;

    @BeforeEach
    void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{podScope: {enabled: true}, defaultPool: {create: true}}");
        cluster.addNode(NODE, Map.of("kubernetes.io/os", "linux", "kubernetes.io/hostname", NODE));
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
    void eachPodGetsItsPortsAndIsReleased() {
        cluster.kubectl(
                "apply", "-f", Examples.folder().resolve("00-namespace.yaml").toString());
        await("the policies hold").atMost(SOON).until(this::refusesUnknownClaims);
        boolean all = cluster.hasMutatingPolicies();
        Map<String, Integer> expected = all ? PODS : Map.of("arcade", 3);
        Path applied = all ? FOLDER : FOLDER.resolve(STATIC);
        cluster.kubectl("apply", "--validate=strict", "-f", applied.toString());
        expected.forEach((app, count) -> await("the pods of " + app + " wait")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(pods(app))
                        .hasSize(count)
                        .allSatisfy(pod ->
                                assertThat(pod.getSpec().getSchedulingGates()).hasSize(1))));
        try (RunningOperator operator = release.startOperator(clients -> {}, "--pod-scope-in=*")) {
            expected.forEach((app, count) -> await("the pods of " + app + " have ports")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(pods(app)).hasSize(count).allSatisfy(this::assertServed)));
        }
        List<String> ports = new ArrayList<>();
        expected.keySet().stream()
                .flatMap(app -> pods(app).stream())
                .forEach(pod -> ports.add(pod.getMetadata().getAnnotations().get("portclaim.io/ports")));
        assertThat(ports).hasSize(all ? 17 : 3).doesNotHaveDuplicates();
    }

    private boolean refusesUnknownClaims() {
        Pod pod = cluster.client().getKubernetesSerialization().unmarshal("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: a, namespace: %s, labels: {portclaim.io/claim: none}}
                        spec: {automountServiceAccountToken: false, containers: [{name: a, image: a}]}
                        """.formatted(Examples.NAMESPACE), Pod.class);
        try {
            cluster.client().resource(pod).dryRun(true).create();
            return false;
        } catch (KubernetesClientException e) {
            return e.getCode() == 403;
        }
    }

    private List<Pod> pods(String app) {
        return cluster.client()
                .pods()
                .inNamespace(Examples.NAMESPACE)
                .withLabel("app", app)
                .list()
                .getItems();
    }

    /** Each variable reads an annotation that is there. */
    private void assertServed(Pod pod) {
        assertThat(pod.getSpec().getSchedulingGates()).isEmpty();
        assertThat(pod.getSpec().getContainers().get(0).getEnv())
                .filteredOn(variable -> variable.getName().matches("\\w+_PORT(_END)?"))
                .isNotEmpty()
                .extracting(EnvVar::getValueFrom)
                .extracting(from -> from.getFieldRef().getFieldPath().replaceFirst(".*'(.*)'.*", "$1"))
                .allSatisfy(annotation ->
                        assertThat(pod.getMetadata().getAnnotations()).containsKey(annotation));
    }
}
