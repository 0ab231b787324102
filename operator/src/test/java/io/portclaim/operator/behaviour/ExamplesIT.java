package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples, applied as they stand to a cluster that has the nodes they speak of. */
@ExtendWith(LocalCluster.class)
class ExamplesIT {
    private static final String FOLDER =
            LocalCluster.repository().resolve("examples").toString();
    private static final String NAMESPACE = "portclaim-examples";

    private OperatorFixture fixture;

    @BeforeEach
    void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster, "--min-cooldown=65s");
        fixture.node("node-1", "{labels: {kubernetes.io/os: linux, workload: games}}");
        fixture.node(
                "node-2",
                "{labels: {kubernetes.io/os: linux, workload: edge}, annotations: {portclaim.io/ephemeral-port-range: '15000-60999', portclaim.io/reserved-ports: '21000-28999'}}");
    }

    @AfterEach
    void end(LocalCluster cluster, KubernetesClient client) {
        // The claims first, so that nobody holds a port any more when the next class begins.
        client.resources(PortClaim.class).inNamespace(NAMESPACE).delete();
        cluster.kubectl("delete", "-f", FOLDER, "--ignore-not-found", "--wait=false");
        fixture.close();
        await("the namespace is gone, and can be made again")
                .atMost(SOON.multipliedBy(2))
                .until(() -> client.namespaces().withName(NAMESPACE).get() == null);
    }

    @Test
    void allAreReadyButThoseThatShowARefusal(LocalCluster cluster, KubernetesClient client) {
        cluster.kubectl("apply", "-f", FOLDER);
        List<String> claims = client.resources(PortClaim.class).inNamespace(NAMESPACE).list().getItems().stream()
                .map(claim -> claim.getMetadata().getName())
                .toList();
        assertThat(claims)
                .contains("web", "agent", "ingest", "collector", "game", "database", "lobby", "proxy")
                .contains("too-high", "lent-out");
        for (String name : claims) {
            ClaimProbe claim = new ClaimProbe(fixture, NAMESPACE, name);
            if (name.equals("too-high")) {
                assertThat(claim.refusal("PortNotUsable"))
                        .startsWith("port 40000 is outside pool default, which assigns 21000-22622,");
            } else if (name.equals("lent-out")) {
                assertThat(claim.refusal("PortNotUsable"))
                        .startsWith(
                                "port 15080 lies in the ephemeral range 15000-60999 of node node-2 (from its annotation)");
            } else {
                claim.ready();
            }
        }
        assertThat(new ClaimProbe(fixture, NAMESPACE, "ingest").ports()).isEqualTo("ingest=21080");
        assertThat(new ClaimProbe(fixture, NAMESPACE, "proxy").portsByNode()).containsOnlyKeys("node-2");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus("edge").conditions())
                        .anySatisfy(condition -> {
                            assertThat(condition.type()).isEqualTo("RangeOverlapsEphemeral");
                            assertThat(condition.status()).isEqualTo("True");
                        }));
    }
}
