package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A release comes and goes, and what users have made with it stays. */
@ExtendWith(ChartCluster.class)
class ReleaseIT {
    private static final String WITH_POOL = "{defaultPool: {create: true}}";

    private static final int DEFINITIONS = 4;

    private static List<String> definitions(KubernetesClient client) {
        return client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
                .map(definition -> definition.getMetadata().getName())
                .filter(name -> name.endsWith(".portclaim.io"))
                .toList();
    }

    private static PortClaim claim(KubernetesClient client, String namespace) {
        return client.resource(client.getKubernetesSerialization().unmarshal("""
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata: {name: stays, namespace: "%s"}
                        spec: {scope: Cluster, ports: [{name: http}]}
                        """.formatted(namespace), PortClaim.class))
                .create();
    }

    @Test
    void theDefaultPoolIsNeverMadeAnew(LocalCluster cluster) {
        try (Release release = Release.install(cluster, WITH_POOL)) {
            PortPool first = release.pool("default");
            assertThat(first.getMetadata().getAnnotations()).containsEntry("portclaim.io/is-default-pool", "true");
            assertThat(first.getSpec().ranges()).hasSize(1);

            release.upgrade(WITH_POOL);
            assertThat(release.pool("default").getMetadata().getUid())
                    .as("the first upgrade takes the hook's pool into the release")
                    .isEqualTo(first.getMetadata().getUid());
            release.upgrade("{defaultPool: {create: true, spec: {staticBand: 7}}}");
            PortPool edited = release.pool("default");
            assertThat(edited.getSpec().staticBand()).isEqualTo(7);
            assertThat(edited.getMetadata().getUid())
                    .isEqualTo(first.getMetadata().getUid());

            release.upgrade("{}");
            assertThat(release.pool("default").getMetadata().getUid())
                    .as("a pool that is no longer part of the release stays")
                    .isEqualTo(first.getMetadata().getUid());
            release.upgrade(WITH_POOL);
            release.uninstall();
            release.installAgain(WITH_POOL);
            assertThat(release.pool("default").getMetadata().getUid())
                    .as("a release that comes back finds its pool")
                    .isEqualTo(first.getMetadata().getUid());
        }
    }

    @Test
    void whatUsersMadeOutlivesTheRelease(LocalCluster cluster) {
        KubernetesClient client = cluster.client();
        String namespace = cluster.newNamespace();
        try (Release release = Release.install(cluster, "{agent: {enabled: true}}")) {
            PortClaim claim = claim(client, namespace);
            assertThat(release.uninstall()).contains("portclaims.portclaim.io", "were kept");
            assertThat(definitions(client)).hasSize(DEFINITIONS);
            assertThat(client.rbac().clusterRoles().list().getItems())
                    .noneMatch(role -> role.getMetadata().getName().startsWith("portclaim"));
            assertThat(client.admissionRegistration()
                            .v1()
                            .validatingAdmissionPolicies()
                            .list()
                            .getItems())
                    .noneMatch(policy -> policy.getMetadata().getName().endsWith(PortClaimApi.GROUP));
            assertThat(release.claim(namespace, "stays")).isEqualTo(claim);

            release.installAgain("{}");
            assertThat(release.claim(namespace, "stays")).isEqualTo(claim);
        }
    }

    @Test
    void withoutKeepTheDefinitionsGoAndNothingHangs(LocalCluster cluster) {
        KubernetesClient client = cluster.client();
        String namespace = cluster.newNamespace();
        try (Release release = Release.install(cluster, "{crds: {keep: false}}")) {
            claim(client, namespace);
            release.uninstall();
            for (String name : definitions(client)) {
                client.apiextensions()
                        .v1()
                        .customResourceDefinitions()
                        .withName(name)
                        .waitUntilCondition(
                                (CustomResourceDefinition gone) -> gone == null,
                                Release.DEFINITIONS_GO.toSeconds(),
                                TimeUnit.SECONDS);
            }
            assertThat(definitions(client)).isEmpty();
        }
    }

    @Test
    void keepMayBeChangedByAnUpgrade(LocalCluster cluster) {
        try (Release release = Release.install(cluster, "{crds: {keep: false}}")) {
            release.upgrade("{}");
            release.uninstall();
            assertThat(definitions(cluster.client())).hasSize(DEFINITIONS);
        }
    }

    @Test
    void aSecondReleaseIsRefused(LocalCluster cluster) {
        String other = cluster.newNamespace();
        try (Release release = Release.install(cluster, "{}")) {
            assertThatThrownBy(() -> Chart.withFile(
                            "{crds: {enabled: false}, fullnameOverride: other}",
                            file -> Chart.helm()
                                    .install()
                                    .withName("other")
                                    .withNamespace(other)
                                    .withKubeConfig(cluster.kubeconfig())
                                    .withValuesFile(file)
                                    .call()))
                    .hasMessageContaining(PortClaimApi.GROUP)
                    .hasMessageContaining("cannot be imported into the current release");
        }
    }
}
