package io.portclaim.operator.behaviour;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The versions of what the operator writes: equal before and after where nothing was written. */
final class Versions {
    private Versions() {}

    /** Every claim and every ConfigMap of a claim. */
    static Map<String, String> ofClaims(KubernetesClient client) {
        Map<String, String> versions = new TreeMap<>();
        add(client.resources(PortClaim.class).inAnyNamespace().list().getItems(), versions);
        List<ConfigMap> maps = client.configMaps()
                .inAnyNamespace()
                .withLabel("app.kubernetes.io/managed-by", "portclaim")
                .list()
                .getItems();
        add(maps, versions);
        return versions;
    }

    /** Everything but the Lease. */
    static Map<String, String> of(KubernetesClient client) {
        Map<String, String> versions = ofClaims(client);
        add(client.resources(PortPool.class).list().getItems(), versions);
        add(client.resources(PortLedger.class).list().getItems(), versions);
        add(client.v1().events().inAnyNamespace().list().getItems(), versions);
        return versions;
    }

    private static void add(List<? extends HasMetadata> objects, Map<String, String> versions) {
        objects.forEach(object -> versions.put(
                "%s %s/%s"
                        .formatted(
                                object.getKind(),
                                object.getMetadata().getNamespace(),
                                object.getMetadata().getName()),
                object.getMetadata().getResourceVersion()));
    }
}
