package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must always hold, by code that shares nothing with the allocation: no number is held or readable by claims of two names
 * at places that overlap, and a published number does not move.
 */
final class Invariants {
    private static final String EVERYWHERE = "*";
    private static final String PORT = "_PORT";

    /** What a claim must not change: the number by the name of the port. */
    private final Map<String, Map<String, Integer>> published = new HashMap<>();

    private @Nullable String violation;

    /**
     * A number that may be read at a place, and the name of the claim that it belongs to: a claim that is made again under its name
     * gets its cooling numbers back at once, also beside pods that have read them (docs/protocol.md).
     */
    private record Readable(ClaimKey claim, String place, int number, String where) {
        boolean clashesWith(Readable other) {
            return number == other.number
                    && !claim.equals(other.claim)
                    && (place.equals(other.place) || place.equals(EVERYWHERE) || other.place.equals(EVERYWHERE));
        }
    }

    @Nullable
    String violation() {
        return violation;
    }

    /** Where a claim wants ports, for people and for comparison. */
    static String place(Claim claim) {
        return claim.spec().scope() == Scope.CLUSTER
                ? EVERYWHERE
                : Objects.requireNonNull(claim.spec().nodeName());
    }

    /** A user has changed what the claim asks for. */
    void edited(Claim claim) {
        Map<String, Integer> numbers = published.get(claim.uid());
        if (numbers != null) {
            numbers.keySet()
                    .removeIf(name -> claim.spec().ports().stream()
                            .noneMatch(port -> port.name().equals(name)));
        }
    }

    /** A status is written. */
    void reported(Claim claim) {
        published(claim, numbers(claim.status()), "status");
    }

    /** A ConfigMap of the claim is written. */
    void written(Claim claim, Map<String, String> data) {
        Map<String, Integer> numbers = new TreeMap<>();
        data.forEach((key, value) -> {
            if (key.endsWith(PORT)) {
                numbers.put(
                        key.substring(0, key.length() - PORT.length()).toLowerCase(Locale.ROOT),
                        Integer.valueOf(value));
            }
        });
        published(claim, numbers, "ConfigMap");
    }

    private void published(Claim claim, Map<String, Integer> now, String where) {
        Map<String, Integer> before = published.computeIfAbsent(claim.uid(), uid -> new TreeMap<>());
        before.forEach((name, number) -> {
            if (!number.equals(now.get(name))) {
                fail("%s of %s was %d and is %s in its %s".formatted(name, claim.uid(), number, now.get(name), where));
            }
        });
        claim.spec().ports().forEach(port -> {
            Integer number = now.get(port.name());
            if (number != null) {
                before.put(port.name(), number);
            }
        });
    }

    static Map<String, Integer> numbers(@Nullable PortClaimStatus status) {
        Map<String, Integer> numbers = new TreeMap<>();
        if (status != null) {
            add(status.ports(), numbers);
            for (NodeAssignment node : Objects.requireNonNullElse(status.nodes(), List.<NodeAssignment>of())) {
                add(node.ports(), numbers);
            }
        }
        return numbers;
    }

    private static void add(@Nullable List<AssignedPort> ports, Map<String, Integer> into) {
        for (AssignedPort port : Objects.requireNonNullElse(ports, List.<AssignedPort>of())) {
            into.put(port.name(), port.port());
        }
    }

    /** Looks at all that can be read now. */
    void look(SimulatedCluster cluster) {
        List<Readable> readable = new ArrayList<>();
        for (Claim claim : cluster.claims()) {
            numbers(claim.status())
                    .forEach((name, number) -> readable.add(new Readable(claim.key(), place(claim), number, "status")));
        }
        for (StoredMap map : cluster.maps()) {
            if (map.byOperator()) {
                String uid = map.identity().orElseThrow().claimUid();
                map.data().forEach((key, value) -> add(cluster, uid, key, value, "ConfigMap", readable));
            }
        }
        for (SimulatedPod pod : cluster.pods()) {
            pod.environment().forEach((key, value) -> add(cluster, pod.uid(), key, value, pod.name(), readable));
        }
        for (int i = 0; i < readable.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (readable.get(i).clashesWith(readable.get(j))) {
                    fail("%s and %s".formatted(readable.get(i), readable.get(j)));
                }
            }
        }
    }

    private static void add(
            SimulatedCluster cluster, String uid, String key, String value, String where, List<Readable> into) {
        if (key.endsWith(PORT)) {
            into.add(new Readable(cluster.keyOf(uid), cluster.placeOf(uid), Integer.parseInt(value), where));
        }
    }

    private void fail(String what) {
        violation = violation == null ? what : violation;
    }
}
