package io.portclaim.operator.simulation;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.portclaim.operator.allocation.ClaimKey;
import java.time.Instant;
import java.util.Map;

/**
 * A live pod that has read a ConfigMap when it was created.
 *
 * @param name its name
 * @param uid the UID of the claim that the ConfigMap was of
 * @param map the ConfigMap
 * @param node where it runs
 * @param environment what it has read
 */
public record SimulatedPod(
        String name, String uid, ClaimKey map, String node, Map<String, String> environment, Instant created) {
    Pod object() {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(map.namespace())
                .withUid(name)
                .withCreationTimestamp(created.toString())
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewContainer()
                .withName("c")
                .addNewEnvFrom()
                .withNewConfigMapRef()
                .withName(map.name())
                .endConfigMapRef()
                .endEnvFrom()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build();
    }
}
