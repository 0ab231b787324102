package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.DEFINITIONS_GO;
import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Neither without the CRDs nor without the chart does a pod hang, whether it waits for its ports or is new. */
@ExtendWith(ChartCluster.class)
class PodScopeUninstallIT {
    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s, labels: {%s: web}}
            spec: {automountServiceAccountToken: false, containers: [{name: main, image: a}]}
            """;
    private static final String GATED =
            POD.replace("containers:", "schedulingGates: [{name: portclaim.io/ports}], containers:");
    private static final String LABELLED = "portclaim.io/claim";
    private static final String REMOVE_GATE = "[{op: remove, path: /spec/schedulingGates/0}]";

    @Test
    void nothingHangs(LocalCluster cluster) {
        String pods = "/api/v1/namespaces/%s/pods".formatted(cluster.newNamespace());
        Wire admin = new Wire(cluster.client());
        try (Release release = Release.install(cluster, "{podScope: {enabled: true}}")) {
            YamlObjects.create(cluster.client(), PortClaim.class, """
                    apiVersion: portclaim.io/v1alpha1
                    kind: PortClaim
                    metadata: {name: web, namespace: %s}
                    spec: {scope: Pod, ports: [{name: http}]}
                    """.formatted(pods.split("/")[4]));
            await("the policies hold")
                    .atMost(SOON)
                    .until(() -> admin.post(
                                    pods + "?dryRun=All",
                                    POD.formatted("a", LABELLED).replace(": web", ": none"))
                            .startsWith("403"));
            for (String name : new String[] {"a", "b"}) {
                await("the policies know the claim")
                        .atMost(SOON)
                        .until(() -> admin.post(pods, GATED.formatted(name, LABELLED))
                                .equals("201"));
                assertThat(admin.patch(pods + "/" + name, REMOVE_GATE)).startsWith("403");
            }

            var claims = cluster.client()
                    .apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName("portclaims.portclaim.io");
            claims.delete();
            await("the CRD is gone").atMost(DEFINITIONS_GO).until(() -> claims.get() == null);
            assertThat(admin.post(pods, POD.formatted("other", "app"))).isEqualTo("201");
            assertThat(admin.post(pods, POD.formatted("new", LABELLED))).startsWith("403");
            assertThat(admin.merge(pods + "/a", "{metadata: {labels: {c: d}}}")).isEqualTo("200");
            assertThat(admin.delete(pods + "/a")).isEqualTo("200");
            assertThat(admin.get(pods + "/a")).startsWith("404");

            release.uninstall();
            await("the policies are gone")
                    .atMost(SOON)
                    .until(() ->
                            admin.post(pods, POD.formatted("new", LABELLED)).equals("201"));
            await("the gate may be removed")
                    .atMost(SOON)
                    .until(() -> admin.patch(pods + "/b", REMOVE_GATE).equals("200"));
        }
    }
}
