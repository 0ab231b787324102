package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What must always hold, by code that shares nothing with the allocation: no number is held or readable by claims of two names
 * at places that overlap, and a published number does not move.
 */
public final class Invariants {
    private static final String EVERYWHERE = "*";
    private static final String PORT = "_PORT";
    private static final String FILE = ".env";

    private PublishedPorts ports = new PublishedPorts(this::fail);
    /** The claims whose status a backup tool has written last: what it says is a wish until an operator writes it. */
    private final Set<String> wishes = new HashSet<>();

    /** The claims that have lost their ports to others: they get none until they are made again. */
    private final Set<String> conflicted = new HashSet<>();

    private final Set<SimulatedPod> forgotten = new HashSet<>();
    private boolean isUncertain;

    private @Nullable String violation;

    /** A port of a claim at a place. */
    record Port(String place, String name) implements Comparable<Port> {
        @Override
        public int compareTo(Port other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return name + "@" + place;
        }
    }

    /**
     * A number that may be read at a place, and the name of the claim that it belongs to: a claim that is made again under its name
     * gets its cooling numbers back at once, also beside pods that have read them (docs/protocol.md).
     */
    public record Readable(ClaimKey claim, String place, int number, String where) {
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

    /** Where a claim wants ports: everywhere, on one node, or on each node with numbers of its own, which is the empty text. */
    static String place(Claim claim) {
        return claim.spec().scope() == Scope.CLUSTER
                ? EVERYWHERE
                : Objects.requireNonNullElse(claim.spec().nodeName(), "");
    }

    /** The published ports, whose changes are to be noted. */
    PublishedPorts ports() {
        return ports;
    }

    /** What is known at one time. */
    record Saved(PublishedPorts ports, Set<String> conflicted, Set<String> wishes) {}

    /** What is known now. */
    Saved save() {
        return new Saved(ports.copy(), Set.copyOf(conflicted), Set.copyOf(wishes));
    }

    /** Everything is as it was, and so is what must not move. */
    void setBack(Saved saved) {
        ports = saved.ports.copy();
        conflicted.clear();
        conflicted.addAll(saved.conflicted);
        wishes.clear();
        wishes.addAll(saved.wishes);
    }

    /** A backup tool has written the claim's status. */
    void restored(Claim claim) {
        wishes.add(claim.uid());
    }

    static boolean asksFor(Claim claim, String name) {
        return claim.spec().ports().stream().anyMatch(port -> port.name().equals(name));
    }

    /** Nothing is left that says what this pod has read. */
    void forget(SimulatedPod pod) {
        forgotten.add(pod);
    }

    /**
     * What is true is not known from now on, as where somebody has written to a status what another claim holds: one of the two
     * loses it. Until everything has settled, that is not checked.
     */
    void uncertain() {
        isUncertain = true;
    }

    /** A status is written. */
    void reported(Claim claim) {
        PortClaimStatus status = Objects.requireNonNull(claim.status());
        Map<Port, Integer> now = numbers(claim);
        if (conflicted.contains(claim.uid()) && !now.isEmpty()) {
            fail("%s had lost its ports and has others".formatted(claim.uid()));
        }
        if (status.phase() == Phase.CONFLICTED) {
            conflicted.add(claim.uid());
        }
        wishes.remove(claim.uid());
        ports.reported(claim, isUncertain);
    }

    /** A ConfigMap of the claim is written. */
    void written(Claim claim, Map<String, String> data) {
        if (!isUncertain) {
            ports.written(claim, data);
        }
    }

    static Map<Port, Integer> numbers(Claim claim) {
        Map<Port, Integer> numbers = new TreeMap<>();
        PortClaimStatus status = claim.status();
        if (status != null && place(claim).equals(EVERYWHERE)) {
            add(EVERYWHERE, status.ports(), numbers);
        } else if (status != null) {
            for (NodeAssignment node : Objects.requireNonNullElse(status.nodes(), List.<NodeAssignment>of())) {
                node.names().forEach(name -> add(name, node.ports(), numbers));
            }
        }
        return numbers;
    }

    private static void add(String place, @Nullable List<AssignedPort> ports, Map<Port, Integer> into) {
        for (AssignedPort port : Objects.requireNonNullElse(ports, List.<AssignedPort>of())) {
            into.put(new Port(place, port.name()), port.port());
        }
    }

    /** What the data of a ConfigMap says: for each node its own file, or one file for all. */
    static Map<Port, Integer> numbers(String place, Map<String, String> data) {
        Map<Port, Integer> numbers = new TreeMap<>();
        data.forEach((key, text) -> {
            boolean isForAll = key.equals("ports.env");
            if (key.endsWith(FILE) && isForAll == place.equals(EVERYWHERE)) {
                String at = isForAll ? EVERYWHERE : key.substring(0, key.length() - FILE.length());
                text.lines()
                        .map(line -> line.split("=", 2))
                        .filter(variable -> variable[0].endsWith(PORT))
                        .forEach(variable -> numbers.put(
                                new Port(
                                        at,
                                        variable[0]
                                                .substring(0, variable[0].length() - PORT.length())
                                                .toLowerCase(Locale.ROOT)),
                                Integer.valueOf(variable[1])));
            }
        });
        return numbers;
    }

    /** Looks at all that can be read now. */
    void look(SimulatedCluster cluster) {
        if (isUncertain) {
            return;
        }
        requireNoClash(readable(cluster, claim -> !wishes.contains(claim.uid()), pod -> !forgotten.contains(pod)));
    }

    /** What statuses, ConfigMaps and the environments of live pods say. */
    public static List<Readable> readable(SimulatedCluster cluster) {
        return readable(cluster, claim -> true, pod -> true);
    }

    private static List<Readable> readable(
            SimulatedCluster cluster, Predicate<Claim> isServed, Predicate<SimulatedPod> counts) {
        List<Readable> readable = published(cluster, isServed);
        for (SimulatedPod pod : cluster.pods()) {
            if (counts.test(pod)) {
                Map<Port, Integer> numbers = numbers(cluster.placeOf(pod.uid()), pod.environment());
                add(cluster.keyOf(pod.uid()), numbers, pod.node(), pod.name(), readable);
            }
        }
        return readable;
    }

    /** What statuses and ConfigMaps say. */
    private static List<Readable> published(SimulatedCluster cluster, Predicate<Claim> isServed) {
        List<Readable> readable = new ArrayList<>();
        for (Claim claim : cluster.claims()) {
            if (isServed.test(claim)) {
                add(claim.key(), numbers(claim), "", "status", readable);
            }
        }
        for (StoredMap map : cluster.maps().all()) {
            if (map.byOperator()) {
                add(map.claim(), numbers(cluster.placeOf(map.uid()), map.data()), "", "ConfigMap", readable);
            }
        }
        return readable;
    }

    /** Without faults, users and pods for some time, no two claims say the same, and each has what it can have. */
    void settled(SimulatedCluster cluster) {
        List<Readable> readable = published(cluster, claim -> true);
        requireNoClash(readable);
        String wrong = new SettledClaims(cluster, readable).wrong();
        if (wrong != null) {
            fail(wrong);
        }
    }

    private void requireNoClash(List<Readable> readable) {
        for (int i = 0; i < readable.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (readable.get(i).clashesWith(readable.get(j))) {
                    fail("%s and %s".formatted(readable.get(i), readable.get(j)));
                }
            }
        }
    }

    /** Of several nodes' files a pod uses that of its own {@code node}. */
    private static void add(
            ClaimKey claim, Map<Port, Integer> numbers, String node, String where, List<Readable> into) {
        numbers.forEach((port, number) -> {
            if (node.isEmpty()
                    || port.place().equals(EVERYWHERE)
                    || port.place().equals(node)) {
                into.add(new Readable(claim, port.place(), number, where));
            }
        });
    }

    private void fail(String what) {
        violation = violation == null ? what : violation;
    }
}
