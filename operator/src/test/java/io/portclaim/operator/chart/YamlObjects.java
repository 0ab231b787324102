package io.portclaim.operator.chart;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;

/** Creates what a test states in YAML. */
final class YamlObjects {
    private YamlObjects() {}

    static <T extends HasMetadata> T create(KubernetesClient client, Class<T> kind, String yaml) {
        return client.resource(client.getKubernetesSerialization().unmarshal(yaml, kind))
                .create();
    }

    /** A claim with a status, which the operator would write; the empty text is none. */
    static void createClaim(KubernetesClient client, String yaml, String status) {
        PortClaim claim = create(client, PortClaim.class, yaml);
        if (!status.isEmpty()) {
            claim.setStatus(client.getKubernetesSerialization()
                    .unmarshal(yaml + "status: {" + status + "}\n", PortClaim.class)
                    .getStatus());
            client.resource(claim).updateStatus();
        }
    }
}
