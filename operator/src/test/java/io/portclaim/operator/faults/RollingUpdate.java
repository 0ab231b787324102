package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A claim whose number is edited again and again, and whose pods are replaced one by one, so that one always reads its
 * ConfigMap. After a minute no pod knows a number that was withdrawn: the pool must not run out, for a newcomer shows it.
 */
final class RollingUpdate {
    private static final String POOL = "r-rolling";
    private static final int FIRST = 20500;
    /** More than edits in the minute for which pods that come after a number was withdrawn count as its readers. */
    private static final int PORTS = 12;

    private static final int POD_EVERY = 50;
    private static final int EDIT_EVERY = 500;

    private final KubernetesClient client;
    private final String namespace;
    private int pods;
    private int edits;

    RollingUpdate(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** Makes the pool, the claim and its first pod. */
    void begin() {
        PortPool pool = new PortPool();
        pool.setMetadata(new ObjectMetaBuilder().withName(POOL).build());
        pool.setSpec(new PortPoolSpec(
                List.of(new IntOrString(FIRST + "-" + (FIRST + PORTS - 1))),
                null,
                null,
                null,
                null,
                PortPoolSpec.Strategy.SEQUENTIAL,
                0,
                new PortPoolSpec.Cooldown("1s", "1s", "1s"),
                null,
                new PortPoolSpec.Limits(0, 0)));
        client.resource(pool).create();
        client.resource(claim("roll", FIRST)).create();
        createPod();
    }

    private PortClaim claim(String name, @Nullable Integer port) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        claim.setSpec(new PortClaimSpec(
                POOL,
                Scope.NODE,
                Victim.NODE,
                null,
                null,
                List.of(new PortRequest("web", TransportProtocol.TCP, port, 1)),
                null));
        return claim;
    }

    private void createPod() {
        client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName("roll-" + pods++)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(Victim.NODE)
                        .addNewContainer()
                        .withName("c")
                        .withImage("registry.example/none")
                        .addNewEnvFrom()
                        .withNewConfigMapRef("roll-ports", true)
                        .endEnvFrom()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    /** Does what is due at operation {@code i}. */
    void step(int i) {
        if (i % POD_EVERY == 0) {
            createPod();
            client.pods()
                    .inNamespace(namespace)
                    .withName("roll-" + (pods - 2))
                    .withGracePeriod(0)
                    .delete();
        }
        if (i % EDIT_EVERY == 1) {
            client.resources(PortClaim.class)
                    .inNamespace(namespace)
                    .withName("probe-" + edits)
                    .delete();
            edits++;
            client.resources(PortClaim.class)
                    .inNamespace(namespace)
                    .withName("roll")
                    .edit(claim -> {
                        claim.setSpec(claim("roll", FIRST + edits % PORTS).getSpec());
                        return claim;
                    });
            client.resource(claim("probe-" + edits, null)).create();
        }
    }

    /** Takes everything away but the node. */
    void end() {
        client.resources(PortClaim.class).inNamespace(namespace).delete();
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        client.resources(PortPool.class).withName(POOL).delete();
    }
}
