package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.Definitions;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Rights;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The chart, installed. Closing it takes away the release and all that it keeps. */
final class Release implements AutoCloseable {
    /** Enough on a machine that does other things too; what is waited for is there much sooner. */
    static final Duration SOON = Duration.ofSeconds(60);
    /**
     * For a definition to be gone. One that is deleted seconds after it was made can meet the API server's "storage is
     * (re)initializing", and then goes only after a minute or more (condition Terminating, reason InstanceDeletionFailed):
     * it tries again more and more seldom.
     */
    static final Duration DEFINITIONS_GO = Duration.ofMinutes(5);
    /** The operator, as the API server knows it. */
    static final String USER = "system:serviceaccount:" + Chart.NAMESPACE + ":portclaim";

    private static final String[] GROUPS = {
        "system:serviceaccounts", "system:serviceaccounts:" + Chart.NAMESPACE, "system:authenticated"
    };

    private final LocalCluster cluster;
    private final KubernetesClient client;

    private Release(LocalCluster cluster) {
        this.cluster = cluster;
        this.client = cluster.client();
    }

    /** Installs the chart with these values, YAML. */
    static Release install(LocalCluster cluster, String values) {
        Release release = new Release(cluster);
        release.installAgain(values);
        return release;
    }

    /** Installs it after {@link #uninstall}, and returns when its types are served and its roles hold. */
    void installAgain(String values) {
        if (client.namespaces().withName(Chart.NAMESPACE).get() == null) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(Chart.NAMESPACE)
                            .endMetadata()
                            .build())
                    .create();
        }
        String status = Chart.withFile(
                values,
                file -> Chart.helm()
                        .install()
                        .withName(Chart.RELEASE)
                        .withNamespace(Chart.NAMESPACE)
                        .withKubeConfig(cluster.kubeconfig())
                        .withValuesFile(file)
                        .call()
                        .getStatus());
        assertThat(status).isEqualTo("deployed");
        Definitions.awaitServed(client);
        Rights operator = new Rights(client, USER, List.of(GROUPS));
        operator.await("list", PortClaimApi.GROUP, "portpools", "");
        operator.await("create", "coordination.k8s.io", "leases", Chart.NAMESPACE);
    }

    /** Upgrades it to these values, and to the chart's defaults where they say nothing. */
    void upgrade(String values) {
        String status = Chart.withFile(
                values,
                file -> Chart.helm()
                        .upgrade()
                        .withName(Chart.RELEASE)
                        .withNamespace(Chart.NAMESPACE)
                        .withKubeConfig(cluster.kubeconfig())
                        .resetValues()
                        .withValuesFile(file)
                        .call()
                        .getStatus());
        assertThat(status).isEqualTo("deployed");
    }

    /** Uninstalls it, and returns what Helm says. */
    String uninstall() {
        return Helm.uninstall(Chart.RELEASE)
                .withNamespace(Chart.NAMESPACE)
                .withKubeConfig(cluster.kubeconfig())
                .call();
    }

    /** A client that has the rights of the operator's service account and no other. */
    KubernetesClient asOperator() {
        return cluster.clientAs(USER, GROUPS);
    }

    /** Starts an operator that has the rights of the chart's service account and no other. */
    RunningOperator startOperator(Consumer<HttpClient.Builder> clients, String... flags) {
        List<String> all = new ArrayList<>(List.of("--lease-namespace=" + Chart.NAMESPACE));
        all.addAll(List.of(flags));
        return RunningOperator.start(
                asOperator().getConfiguration(), Clock.systemUTC(), clients, all.toArray(String[]::new));
    }

    @Override
    public void close() {
        Helm.uninstall(Chart.RELEASE)
                .withNamespace(Chart.NAMESPACE)
                .withKubeConfig(cluster.kubeconfig())
                .ignoreNotFound()
                .call();
        client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
                .filter(definition -> definition.getSpec().getGroup().equals(PortClaimApi.GROUP))
                .forEach(definition -> client.resource(definition).delete());
        await("the definitions are gone")
                .atMost(DEFINITIONS_GO)
                .until(() -> client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
                        .noneMatch(definition -> definition.getSpec().getGroup().equals(PortClaimApi.GROUP)));
        client.leases().inNamespace(Chart.NAMESPACE).delete();
    }

    PortPool pool(String name) {
        return client.resources(PortPool.class).withName(name).require();
    }

    PortClaim claim(String namespace, String name) {
        return client.resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(name)
                .require();
    }
}
