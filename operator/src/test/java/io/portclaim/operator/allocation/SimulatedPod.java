package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pod that declares one port and refers to one ConfigMap, or a Service that answers on one port.
 *
 * @param created when, by the API server's clock
 * @param isService whether it is a Service
 * @param declared the slot: at the pod's node, or where the Service answers, at every node or at one whose address it has
 * @param configMap of its own namespace, or null
 */
record SimulatedPod(
        String uid,
        String namespace,
        Instant created,
        boolean isService,
        Slot declared,
        @Nullable String configMap) {

    static PodUse use(Collection<SimulatedPod> pods) {
        return new PodUse() {
            @Override
            public boolean stillUses(Release release) {
                return !usedAt(release).isEmpty();
            }

            @Override
            public Set<String> usedAt(Release release) {
                Set<String> places = new HashSet<>();
                pods.stream().filter(pod -> pod.keeps(release)).forEach(pod -> places.add(pod.declared.place()));
                return places;
            }
        };
    }

    private boolean keeps(Release release) {
        if (!release.place().equals(Place.SOMEWHERE) && !meets(release.place())) {
            return false;
        }
        Instant named = release.namedUntil();
        boolean mayKnow = named == null || created.isBefore(named.plusSeconds(60));
        boolean reads = configMap != null && release.map() == ConfigMapId.of(namespace, configMap);
        return (reads && mayKnow)
                || release.assignment().slots().stream()
                        .anyMatch(slot -> slot.port() == declared.port() && slot.protocol() == declared.protocol());
    }

    /** Whether it may use {@code slot}, which a ConfigMap of this namespace and name ceased to name at {@code named}. */
    boolean uses(Slot slot, String ofNamespace, String ofConfigMap, Instant named) {
        if (!meets(slot.place())) {
            return false;
        }
        return (declared.port() == slot.port() && declared.protocol() == slot.protocol())
                || (namespace.equals(ofNamespace)
                        && ofConfigMap.equals(configMap)
                        && created.isBefore(named.plusSeconds(60)));
    }

    boolean meets(String place) {
        return List.of(place, declared.place()).contains("*")
                || declared.place().equals(place);
    }
}
