package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.simulation.Invariants.Port;
import io.portclaim.operator.simulation.Invariants.Readable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Claims after a time without faults, users and pods: each has what it can have, and its ConfigMap says it.
 *
 * @param readable what statuses and ConfigMaps say
 */
record SettledClaims(SimulatedCluster cluster, List<Readable> readable) {
    /** What is not as it should be; null when nothing is. */
    @Nullable
    String wrong() {
        for (Claim claim : cluster.claims()) {
            PortClaimStatus status = claim.status();
            if (status == null || status.phase() != Phase.CONFLICTED) {
                String wrong = wrong(claim);
                if (wrong != null) {
                    return wrong;
                }
            }
        }
        return null;
    }

    private @Nullable String wrong(Claim claim) {
        List<String> places = placesWanted(claim);
        // An edit is carried out everywhere or nowhere.
        boolean waits = places.stream().anyMatch(place -> !lacking(claim, place).isEmpty());
        if (waits && !isAnyLeftByBackup() && places.stream().allMatch(place -> couldBeServed(claim, place))) {
            return "%s waits and could be served: %s".formatted(claim.uid(), claim.status());
        }
        // One that an earlier claim of the name has left, or a backup has brought, stays until it is adopted.
        Map<Port, Integer> said = cluster.map(claim.configMap())
                .filter(map -> map.uid().equals(claim.uid()))
                .map(map -> Invariants.numbers(Invariants.place(claim), map.data()))
                .orElse(Map.of());
        Map<Port, Integer> reported = Invariants.numbers(claim);
        return said.equals(reported)
                ? null
                : "the status of %s says %s and its ConfigMap %s".formatted(claim.uid(), reported, said);
    }

    private List<String> placesWanted(Claim claim) {
        String place = Invariants.place(claim);
        return place.isEmpty() ? cluster.nodes().names() : List.of(place);
    }

    private static List<PortRequest> lacking(Claim claim, String place) {
        Map<Port, Integer> held = Invariants.numbers(claim);
        return claim.spec().ports().stream()
                .filter(port -> !held.containsKey(new Port(place, port.name())))
                .toList();
    }

    /** Whether a backup has brought a ConfigMap that no claim has adopted: what was released from one of its name is blocked by it. */
    private boolean isAnyLeftByBackup() {
        return cluster.maps().all().stream()
                .anyMatch(map -> cluster.claim(map.claim())
                        .filter(claim -> claim.uid().equals(map.uid()))
                        .isEmpty());
    }

    /** Whether it lacks no more numbers than nobody holds. */
    private boolean couldBeServed(Claim claim, String place) {
        Set<Integer> free = new HashSet<>(Users.NUMBERS);
        readable.stream()
                .filter(other -> new Readable(claim.key(), place, other.number(), "").clashesWith(other)
                        || (other.claim().equals(claim.key()) && other.place().equals(place)))
                .forEach(other -> free.remove(other.number()));
        List<PortRequest> lacking = lacking(claim, place);
        return lacking.size() <= free.size()
                && lacking.stream().allMatch(port -> port.port() == null || free.contains(port.port()));
    }
}
