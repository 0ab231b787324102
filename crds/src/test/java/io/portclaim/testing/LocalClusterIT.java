package io.portclaim.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cluster for tests does what its tests rely on. */
@ExtendWith(LocalCluster.class)
class LocalClusterIT {
    @Test
    void givesTheSameClusterToAll(LocalCluster cluster, KubernetesClient client) {
        assertThat(cluster.client()).isSameAs(client);
        assertThat(cluster.newNamespace()).isNotEqualTo(cluster.newNamespace());
        assertThat(cluster.clientFrom(cluster.kubeconfig()).getMasterUrl()).isEqualTo(client.getMasterUrl());
    }

    @Test
    void letsOthersDoWhatTheyMay(LocalCluster cluster) {
        KubernetesClient alice = cluster.clientAs("alice");
        assertThatExceptionOfType(KubernetesClientException.class)
                .isThrownBy(() ->
                        alice.resources(PortClaim.class).inNamespace("default").list())
                .withMessageContaining("User \"alice\" cannot list resource \"portclaims\"");
        KubernetesClient master = cluster.clientAs("bob", "system:masters");
        assertThat(master.resources(PortClaim.class)
                        .inNamespace("nowhere")
                        .list()
                        .getItems())
                .isEmpty();
    }

    @Test
    void runsKubectl(LocalCluster cluster) {
        assertThat(cluster.kubectl("get", "namespace", "default", "-o", "name")).isEqualTo("namespace/default\n");
        assertThatIllegalStateException()
                .isThrownBy(() -> cluster.kubectl("get", "namespace", "nowhere"))
                .withMessageContaining("namespaces \"nowhere\" not found");
    }

    @Test
    void addsAndRemovesNodes(LocalCluster cluster, KubernetesClient client) {
        List<String> added = cluster.addNodes(2);
        cluster.addNode("labelled", Map.of("pool", "games"));
        assertThat(added).hasSize(2);
        assertThat(names(client)).containsAll(added).contains("labelled");
        assertThat(client.nodes().withName("labelled").get().getMetadata().getLabels())
                .containsEntry("pool", "games");

        cluster.removeNodes("labelled", added.get(0), added.get(1));
        assertThat(names(client)).doesNotContainAnyElementsOf(added).doesNotContain("labelled");
    }

    @Test
    void restartsAComponent(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        cluster.restart("kube-apiserver", Duration.ZERO);
        assertThat(client.namespaces().withName(namespace).get()).isNotNull();
    }

    private static List<String> names(KubernetesClient client) {
        return client.nodes().list().getItems().stream()
                .map(Node::getMetadata)
                .map(metadata -> metadata.getName())
                .toList();
    }
}
