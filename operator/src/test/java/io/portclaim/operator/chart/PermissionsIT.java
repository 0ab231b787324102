package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.chart.Grants.Grant;
import io.portclaim.operator.publish.PoolStatuses;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.AuditedRequest;
import io.portclaim.testing.LocalCluster;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The chart's roles are what the operator uses: an operator that has these rights and no other goes all its ways, and the
 * API server's audit log then has no request that was refused, and no right that was not used.
 */
@ExtendWith(ChartCluster.class)
class PermissionsIT {
    /** What Kubernetes lets everybody ask who is known to it (ClusterRole system:basic-user). */
    private static final String RIGHTS_OF_EVERYBODY = "selfsubjectrulesreviews";

    /** JOSDK looks at its own rights before it stands for election, and will not without this one. It renews by patch. */
    private static final Grant ASKED_FOR_BY_THE_SDK =
            new Grant(Chart.NAMESPACE, "update", "coordination.k8s.io", "leases", "portclaim");

    private static final Grant WATCHES_THE_LEASE =
            new Grant(Chart.NAMESPACE, "watch", "coordination.k8s.io", "leases", "portclaim");

    @Test
    void nothingIsMissingAndNothingSpare(LocalCluster cluster) {
        try (Release release = Release.install(cluster, "{defaultPool: {create: true}}")) {
            long start = AuditedRequest.end(cluster.auditLog());
            goAllWays(cluster, release);
            Set<AuditedRequest> requests = AuditedRequest.since(start, cluster.auditLog(), Release.USER).stream()
                    .filter(request -> !request.resource().equals(RIGHTS_OF_EVERYBODY))
                    .collect(Collectors.toSet());
            List<Grant> grants = Grants.of(Chart.render(), Chart.RELEASE);

            assertThat(grants).contains(ASKED_FOR_BY_THE_SDK);
            assertThat(requests).isNotEmpty().noneMatch(request -> request.code() == 403);
            assertThat(requests).allSatisfy(request -> assertThat(grants).anyMatch(grant -> grant.allows(request)));
            assertThat(grants.stream()
                            .filter(grant -> !grant.equals(ASKED_FOR_BY_THE_SDK))
                            .filter(grant -> requests.stream().noneMatch(grant::isNeededFor)))
                    .as("rights that were not used, or not outside the release's namespace")
                    .isEmpty();
        }
    }

    private static void goAllWays(LocalCluster cluster, Release release) {
        standBy(cluster, release);
        takeOverByAnotherInstall(cluster);
        Scene scene = new Scene(cluster.client(), cluster.newNamespace());
        scene.node("permissions-a");
        scene.configMapOfOld("restored");
        scene.configMapOfOthers("taken");
        scene.pool(
                "picky",
                "{ranges: [15000-15999], allowedNamespaces: {matchExpressions: [{key: a, operator: DoesNotExist}]}}");
        BlindForNewNamespaces blind = new BlindForNewNamespaces();
        try (RunningOperator operator = release.startOperator(
                        clients -> clients.addOrReplaceInterceptor("blind", blind), "--node-grace=0s");
                Scene untilTheEnd = scene) {
            operator.awaitServing();
            scene.claim("web", "{scope: Cluster, ports: [{name: http}]}");
            scene.awaitReady("web");
            scene.claim("restored", "{scope: Cluster, ports: [{name: http}]}");
            scene.awaitReady("restored");
            scene.editConfigMap("web-ports");
            scene.claim("taken", "{scope: Cluster, ports: [{name: http}]}");
            scene.awaitEvent("taken", "ConfigMapConflict");
            scene.claim("refused", "{scope: Cluster, ports: [{name: http, port: 40000}]}");
            scene.awaitEvent("refused", "PortNotUsable");
            scene.claim("agent", "{scope: Node, nodeSelector: {matchLabels: {role: leaves}}, ports: [{name: a}]}");
            scene.awaitReady("agent");
            scene.removeNode("permissions-a");
            await("without a node there is no ConfigMap")
                    .atMost(SOON)
                    .until(() -> scene.configMap("agent-ports") == null);
            Scene young = new Scene(cluster.client(), cluster.newNamespace());
            young.claim("web", "{poolName: picky, scope: Cluster, ports: [{name: http}]}");
            young.awaitReady("web");
            scene.delete("web");
            await("the pool's status")
                    .atMost(SOON)
                    .until(() -> PoolStatuses.condition(release.pool("default").getStatus(), "Ready")
                            .isPresent());
        }
    }

    /** Only a standby watches the Lease, and one that finds it free may lead before its watch has begun. */
    private static void standBy(LocalCluster cluster, Release release) {
        try (RunningOperator leader = release.startOperator(clients -> {})) {
            leader.awaitServing();
            long start = AuditedRequest.end(cluster.auditLog());
            try (RunningOperator standby = release.startOperator(clients -> {})) {
                await("the standby watches the Lease")
                        .atMost(SOON)
                        .until(() -> AuditedRequest.since(start, cluster.auditLog(), Release.USER).stream()
                                .anyMatch(WATCHES_THE_LEASE::allows));
                assertThat(standby.operator().isServing()).isFalse();
            }
        }
    }

    /** So that this one has to look whether that other one is alive. */
    private static void takeOverByAnotherInstall(LocalCluster cluster) {
        try (RunningOperator other = RunningOperator.start(
                cluster.client().getConfiguration(), "--lease-namespace=default", "--lease-name=another")) {
            other.awaitServing();
        }
    }

    /** What is there for the operator to see. */
    private record Scene(KubernetesClient client, String namespace) implements AutoCloseable {
        void node(String name) {
            client.resource("""
                    apiVersion: v1
                    kind: Node
                    metadata: {name: "%s", labels: {role: leaves, kubernetes.io/os: linux}}
                    """.formatted(name)).create();
        }

        void removeNode(String name) {
            client.nodes().withName(name).delete();
        }

        /** As a restored backup brings it, before its claim. */
        void configMapOfOld(String claim) {
            client.resource("""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata:
                      name: "%1$s-ports"
                      namespace: "%2$s"
                      labels: {portclaim.io/claim-uid: a-claim-of-old}
                      annotations: {portclaim.io/claim-name: "%1$s", portclaim.io/claim-uid: a-claim-of-old}
                    data: {HTTP_PORT: "21500", ports.env: "HTTP_PORT=21500\\n"}
                    """.formatted(claim, namespace)).create();
        }

        void configMapOfOthers(String claim) {
            client.resource("""
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: "%s-ports", namespace: "%s"}
                    data: {HTTP_PORT: "80"}
                    """.formatted(claim, namespace)).create();
        }

        void pool(String name, String spec) {
            client.resource("""
                    apiVersion: portclaim.io/v1alpha1
                    kind: PortPool
                    metadata: {name: "%s"}
                    spec: %s
                    """.formatted(name, spec)).create();
        }

        void claim(String name, String spec) {
            client.resource("""
                    apiVersion: portclaim.io/v1alpha1
                    kind: PortClaim
                    metadata: {name: "%s", namespace: "%s"}
                    spec: %s
                    """.formatted(name, namespace, spec)).create();
        }

        void delete(String name) {
            client.resources(PortClaim.class)
                    .inNamespace(namespace)
                    .withName(name)
                    .delete();
        }

        void awaitReady(String name) {
            await(name + " is ready")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(client.resources(PortClaim.class)
                                    .inNamespace(namespace)
                                    .withName(name)
                                    .require()
                                    .getStatus())
                            .isNotNull()
                            .satisfies(status -> assertThat(status.conditions())
                                    .anyMatch(condition -> condition.type().equals("Ready")
                                            && condition.status().equals("True"))));
        }

        void awaitEvent(String claim, String reason) {
            await(reason + " is reported")
                    .atMost(SOON)
                    .until(() -> client.v1().events().inNamespace(namespace).list().getItems().stream()
                            .anyMatch(
                                    event -> event.getInvolvedObject().getName().equals(claim)
                                            && event.getReason().equals(reason)));
        }

        ConfigMap configMap(String name) {
            return client.configMaps().inNamespace(namespace).withName(name).get();
        }

        void editConfigMap(String name) {
            Map<String, String> published = configMap(name).getData();
            client.configMaps()
                    .inNamespace(namespace)
                    .withName(name)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\": {\"HTTP_PORT\": \"1\"}}");
            await("the edit is put back")
                    .atMost(SOON)
                    .until(() -> configMap(name).getData().equals(published));
        }

        @Override
        public void close() {
            client.resources(PortClaim.class).inNamespace(namespace).delete();
        }
    }

    /** Keeps namespaces that come later from the operator's watch, which then has to ask for them. */
    private static final class BlindForNewNamespaces implements Interceptor {
        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            URI uri = request.uri();
            if (uri.getPath().endsWith("/api/v1/namespaces") && uri.getQuery().contains("watch=true")) {
                builder.uri(URI.create(uri + "&labelSelector=portclaim.io/none"));
            }
        }
    }
}
