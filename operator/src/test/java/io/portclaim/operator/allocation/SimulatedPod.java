package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod that declares one port and refers to one ConfigMap, or a Service when its place is every node.
 *
 * @param declared the slot, at the pod's node
 * @param configMap of its own namespace, or null
 */
record SimulatedPod(
        String uid,
        String namespace,
        Slot declared,
        @Nullable String configMap) {

    static PodUse use(Collection<SimulatedPod> pods) {
        return release -> pods.stream().anyMatch(pod -> pod.keeps(release));
    }

    private boolean keeps(Release release) {
        for (int port = release.grant().port(); port <= release.grant().lastPort(); port++) {
            for (Protocol protocol : release.grant().protocols()) {
                ClaimKey key = release.key();
                if (uses(
                        new Slot(release.place(), protocol, port),
                        key == null ? null : key.namespace(),
                        release.configMapName())) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean uses(Slot slot, @Nullable String ofNamespace, String ofConfigMap) {
        if (!meets(slot.place())) {
            return false;
        }
        return (declared.port() == slot.port() && declared.protocol() == slot.protocol())
                || (namespace.equals(ofNamespace) && ofConfigMap.equals(configMap));
    }

    boolean meets(String place) {
        return List.of(place, declared.place()).contains("*")
                || declared.place().equals(place);
    }
}
