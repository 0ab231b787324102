package io.portclaim.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortPoolSpec.Cooldown;
import io.portclaim.api.v1alpha1.PortPoolSpec.EphemeralPorts;
import io.portclaim.api.v1alpha1.PortPoolSpec.Limits;
import io.portclaim.api.v1alpha1.PortPoolSpec.NodePorts;
import io.portclaim.api.v1alpha1.PortPoolSpec.Policy;
import io.portclaim.api.v1alpha1.PortPoolSpec.Strategy;
import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the API server fills in, so that the operator finds it there. */
@ExtendWith(LocalCluster.class)
class DefaultsIT {
    private static final String POOL = "defaults-it";

    @AfterEach
    void deletePool(KubernetesClient client) {
        client.resources(PortPool.class).withName(POOL).delete();
    }

    @Test
    void fillsInAPool(KubernetesClient client) {
        assertThat(pool(client, "{ranges: [21000-28999]}"))
                .isEqualTo(new PortPoolSpec(
                        List.of(new IntOrString("21000-28999")),
                        null,
                        new EphemeralPorts(Policy.EXCLUDE, null),
                        new NodePorts(Policy.EXCLUDE, new IntOrString("30000-32767")),
                        null,
                        Strategy.SEQUENTIAL,
                        null,
                        new Cooldown("120s", "300s", "120s"),
                        null,
                        new Limits(64, 0)));
    }

    @Test
    void fillsInWhatAPartLeavesOut(KubernetesClient client) {
        PortPoolSpec spec = pool(
                client,
                "{ranges: [1], ephemeralPorts: {assumed: 15000-25000}, nodePorts: {policy: Ignore}, cooldown: {udp: 10m},"
                        + " limits: {portsPerNamespace: 9}}");

        assertThat(spec.ephemeralPorts()).isEqualTo(new EphemeralPorts(Policy.EXCLUDE, new IntOrString("15000-25000")));
        assertThat(spec.nodePorts()).isEqualTo(new NodePorts(Policy.IGNORE, new IntOrString("30000-32767")));
        assertThat(spec.cooldown()).isEqualTo(new Cooldown("120s", "10m", "120s"));
        assertThat(spec.limits()).isEqualTo(new Limits(64, 9));
    }

    @Test
    void fillsInNothingInAClaimsPorts(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        Manifest.claim(
                        namespace,
                        "web",
                        "{scope: Cluster, ports: [{name: http}, {name: game, protocol: UDP, count: 4}]}")
                .create(client);

        assertThat(client.resources(PortClaim.class)
                        .inNamespace(namespace)
                        .withName("web")
                        .get()
                        .getSpec())
                .isEqualTo(new PortClaimSpec(
                        null,
                        Scope.CLUSTER,
                        null,
                        null,
                        null,
                        List.of(
                                new PortRequest("http", null, null, null),
                                new PortRequest("game", TransportProtocol.UDP, null, 4)),
                        null));
    }

    /** Tools that wait for an object take one without a status for ready. */
    @Test
    void anObjectThatNobodyHasServedSaysThatNothingWasObserved(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        Manifest.claim(namespace, "new", "{scope: Cluster, ports: [{name: http}]}")
                .create(client);
        pool(client, "{ranges: [21000-28999]}");
        PortClaim claim = client.resources(PortClaim.class)
                .inNamespace(namespace)
                .withName("new")
                .get();

        assertThat(claim.getStatus())
                .isEqualTo(new PortClaimStatus(null, 0L, null, null, null, null, null, null, null, null));
        assertThat(client.resources(PortPool.class).withName(POOL).get().getStatus())
                .isEqualTo(new PortPoolStatus(0L, null, null, null, null, null, null, null));
        assertThat(client.resources(PortClaim.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .as("in a list too")
                .allSatisfy(listed -> assertThat(listed.getStatus()).isEqualTo(claim.getStatus()));
        assertThat(cluster.kubectl(
                        "get", "portclaim", "new", "-n", namespace, "-o", "jsonpath={.status.observedGeneration}"))
                .isEqualTo("0");

        claim.setStatus(new PortClaimStatus(Phase.PENDING, null, null, null, null, null, null, null, null, null));
        assertThat(client.resource(claim).updateStatus().getStatus().observedGeneration())
                .as("written without it")
                .isZero();
    }

    private static PortPoolSpec pool(KubernetesClient client, String spec) {
        Manifest.pool(POOL, spec).create(client);
        return client.resources(PortPool.class).withName(POOL).get().getSpec();
    }
}
