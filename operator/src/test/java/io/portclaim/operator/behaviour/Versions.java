package io.portclaim.operator.behaviour;

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

    /** Every claim of the namespaces, and every ConfigMap of a claim. */
    static Map<String, String> ofClaims(KubernetesClient client, List<String> namespaces) {
        Map<String, String> versions = new TreeMap<>();
        for (String namespace : namespaces) {
            add(client.resources(PortClaim.class).inNamespace(namespace).list().getItems(), versions);
            add(
                    client.configMaps()
                            .inNamespace(namespace)
                            .withLabel("portclaim.io/claim-uid")
                            .list()
                            .getItems(),
                    versions);
        }
        return versions;
    }

    /** These, their events, the pools and the ledger: everything but the Lease. */
    static Map<String, String> ofAll(KubernetesClient client, List<String> namespaces) {
        Map<String, String> versions = ofClaims(client, namespaces);
        namespaces.forEach(namespace ->
                add(client.v1().events().inNamespace(namespace).list().getItems(), versions));
        add(client.resources(PortPool.class).list().getItems(), versions);
        add(client.resources(PortLedger.class).list().getItems(), versions);
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
