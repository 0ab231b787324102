package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.chart.Grants.Grant;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The mode in which the operator may write ConfigMaps in some namespaces only. */
@ExtendWith(ChartCluster.class)
class NamespacedConfigMapsIT {
    /** A refused ConfigMap is tried again every 30 seconds. */
    private static final Duration AFTER_A_RETRY = SOON.plusSeconds(30);

    private static String values(String... namespaces) {
        return "{defaultPool: {create: true}, configMaps: {namespaces: [%s]}}".formatted(String.join(", ", namespaces));
    }

    private static void claim(LocalCluster cluster, String namespace) {
        String answer = new Wire(cluster.client()).post(Wire.CLAIMS.formatted(namespace), """
                apiVersion: portclaim.io/v1alpha1
                kind: PortClaim
                metadata: {name: web}
                spec: {scope: Cluster, ports: [{name: http}]}
                """);
        assertThat(answer).isEqualTo("201");
    }

    /** The Ready condition, as {@code True Assigned: ...}; "not reported yet" before it is there. */
    private static String condition(LocalCluster cluster, String namespace) {
        PortClaim claim = cluster.client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName("web")
                .require();
        return Optional.ofNullable(claim.getStatus()).map(PortClaimStatus::conditions).stream()
                .flatMap(List::stream)
                .filter(condition -> condition.type().equals("Ready"))
                .map(condition -> condition.status() + " " + condition.reason() + ": " + condition.message())
                .findFirst()
                .orElse("not reported yet");
    }

    @Test
    void aClaimElsewhereIsShownWhatIsMissingAndServedOnceItIsThere(LocalCluster cluster) {
        String allowed = cluster.newNamespace();
        String elsewhere = cluster.newNamespace();
        try (Release release = Release.install(cluster, values(allowed));
                RunningOperator operator = release.startOperator(clients -> {})) {
            operator.awaitServing();
            claim(cluster, allowed);
            claim(cluster, elsewhere);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(condition(cluster, allowed)).startsWith("True Assigned"));
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(condition(cluster, elsewhere))
                            .startsWith("False ConfigMapRefused: the API server refuses ConfigMap web-ports:")
                            .contains("cannot create resource \"configmaps\"")
                            .contains("configMaps.namespaces"));

            release.upgrade(values(allowed, elsewhere));
            await().atMost(AFTER_A_RETRY)
                    .untilAsserted(
                            () -> assertThat(condition(cluster, elsewhere)).startsWith("True Assigned"));
        }
    }

    @Test
    void aNamespaceThatIsTakenOffIsSaidAndCleanedUpWhenItIsBack(LocalCluster cluster) {
        String stays = cluster.newNamespace();
        String comesAndGoes = cluster.newNamespace();
        try (Release release = Release.install(cluster, values(stays, comesAndGoes));
                RunningOperator operator = release.startOperator(clients -> {})) {
            operator.awaitServing();
            claim(cluster, stays);
            claim(cluster, comesAndGoes);
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(condition(cluster, comesAndGoes)).startsWith("True Assigned"));

            release.upgrade(values(stays));
            claims(cluster, comesAndGoes)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"spec\": {\"ports\": [{\"name\": \"http\"}, {\"name\": \"admin\"}]}}");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(condition(cluster, comesAndGoes))
                            .startsWith("False ConfigMapRefused:")
                            .contains("cannot update resource \"configmaps\"")
                            .contains("configMaps.namespaces"));
            assertThat(data(cluster, comesAndGoes)).containsKey("HTTP_PORT").doesNotContainKey("ADMIN_PORT");

            release.upgrade(values(stays, comesAndGoes));
            await().atMost(AFTER_A_RETRY)
                    .untilAsserted(
                            () -> assertThat(data(cluster, comesAndGoes)).containsKeys("HTTP_PORT", "ADMIN_PORT"));

            release.upgrade(values(stays));
            // Its ConfigMap outlives it, and pods may read it until the operator may delete it.
            claims(cluster, comesAndGoes)
                    .withPropagationPolicy(DeletionPropagation.ORPHAN)
                    .delete();
            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertThat(claims(cluster, comesAndGoes).get()).isNull());
            assertThat(data(cluster, comesAndGoes)).isNotEmpty();
            release.upgrade(values(stays, comesAndGoes));
            await().atMost(AFTER_A_RETRY)
                    .untilAsserted(() -> assertThat(cluster.client()
                                    .configMaps()
                                    .inNamespace(comesAndGoes)
                                    .withName("web-ports")
                                    .get())
                            .isNull());
        }
    }

    private static Resource<PortClaim> claims(LocalCluster cluster, String namespace) {
        return cluster.client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName("web");
    }

    private static Map<String, String> data(LocalCluster cluster, String namespace) {
        return cluster.client()
                .configMaps()
                .inNamespace(namespace)
                .withName("web-ports")
                .require()
                .getData();
    }

    @Test
    void onlyThenMayConfigMapsBeWrittenThere() {
        List<Grant> grants = Grants.of(Chart.render(values("games", "shop")), Chart.RELEASE);
        assertThat(grants)
                .filteredOn(grant -> grant.resource().equals("configmaps"))
                .extracting(grant -> grant.namespace() + " " + grant.verb())
                .containsExactlyInAnyOrder(
                        "* get",
                        "* list",
                        "* watch",
                        "games create",
                        "games update",
                        "games delete",
                        "shop create",
                        "shop update",
                        "shop delete");
        // All else stays as it is.
        assertThat(grants)
                .filteredOn(grant -> !grant.resource().equals("configmaps"))
                .containsExactlyInAnyOrderElementsOf(Grants.of(Chart.render(), Chart.RELEASE).stream()
                        .filter(grant -> !grant.resource().equals("configmaps"))
                        .toList());
    }
}
