package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.util.ArrayList;
import java.util.HashMap;
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

    /** What a claim must not change, by its UID. */
    private final Map<String, Map<Port, Integer>> published = new HashMap<>();

    /** The ports that its status has, by its UID. */
    private final Map<String, Set<Port>> reported = new HashMap<>();

    private final Set<String> abandoned = new HashSet<>();
    /** The claims that have lost their ports to others: they get none until they are made again. */
    private final Set<String> conflicted = new HashSet<>();

    private final Set<SimulatedPod> forgotten = new HashSet<>();
    private boolean isForged;

    /**
     * The ports that a claim has not asked for at some time since it was last served in full: also where it asks for them again, what
     * was decided in between is carried out first.
     */
    private final Map<String, Set<String>> mayGo = new HashMap<>();

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

    /** A node was away for longer than what is held there is kept. */
    void abandoned(String node) {
        abandoned.add(node);
    }

    /** A user has changed what the claim asks for. */
    void edited(Claim before, Claim claim) {
        Set<String> going = mayGo.computeIfAbsent(claim.uid(), uid -> new HashSet<>());
        before.spec().ports().stream()
                .map(PortRequest::name)
                .filter(name -> !asksFor(claim, name))
                .forEach(going::add);
    }

    /** A ledger came back in which these ports of the claim are still to be withdrawn: they go, and may come again. */
    void mayWithdraw(String uid, Set<String> names) {
        mayGo.computeIfAbsent(uid, any -> new HashSet<>()).addAll(names);
    }

    static boolean asksFor(Claim claim, String name) {
        return claim.spec().ports().stream().anyMatch(port -> port.name().equals(name));
    }

    /** Nothing is left that says what this pod has read. */
    void forget(SimulatedPod pod) {
        forgotten.add(pod);
    }

    /** What was published and is not known to anyone any more may move. */
    void forgetUnless(WithoutLedger known) {
        published.forEach((uid, ports) ->
                ports.entrySet().removeIf(entry -> !known.reports(uid, entry.getKey(), entry.getValue())));
    }

    /** Somebody has written to a status what another claim holds: one of the two loses it. */
    void forged() {
        isForged = true;
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
        published(claim, now, true);
        if (status.phase() == Phase.BOUND && Objects.equals(status.observedGeneration(), claim.generation())) {
            mayGo.remove(claim.uid());
        }
    }

    /** A ConfigMap of the claim is written. */
    void written(Claim claim, Map<String, String> data) {
        published(claim, numbers(place(claim), data), false);
    }

    private void published(Claim claim, Map<Port, Integer> now, boolean isStatus) {
        if (isForged) {
            return;
        }
        Map<Port, Integer> before = published.computeIfAbsent(claim.uid(), uid -> new HashMap<>());
        Set<String> going = mayGo.getOrDefault(claim.uid(), Set.of());
        before.keySet()
                .removeIf(port ->
                        abandoned.contains(port.place()) || (going.contains(port.name()) && !now.containsKey(port)));
        Set<Port> inStatus = reported.computeIfAbsent(claim.uid(), uid -> new HashSet<>());
        before.forEach((port, number) -> {
            // A user may have overwritten the ConfigMap before its number came to the status, and a policy may refuse
            // to mend it.
            boolean waits = isStatus && !now.containsKey(port) && !inStatus.contains(port);
            if (!waits && !number.equals(now.get(port))) {
                fail("%s of %s was %d and is %s in its %s"
                        .formatted(port, claim.uid(), number, now.get(port), isStatus ? "status" : "ConfigMap"));
            }
        });
        if (isStatus) {
            inStatus.clear();
            inStatus.addAll(now.keySet());
        }
        now.forEach((port, number) -> {
            if (asksFor(claim, port.name())) {
                before.put(port, number);
            }
        });
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
        if (isForged) {
            return;
        }
        requireNoClash(readable(cluster, pod -> !forgotten.contains(pod)));
    }

    /** What statuses, ConfigMaps and the environments of live pods say. */
    public static List<Readable> readable(SimulatedCluster cluster) {
        return readable(cluster, pod -> true);
    }

    private static List<Readable> readable(SimulatedCluster cluster, Predicate<SimulatedPod> counts) {
        List<Readable> readable = published(cluster);
        for (SimulatedPod pod : cluster.pods()) {
            if (counts.test(pod)) {
                Map<Port, Integer> numbers = numbers(cluster.placeOf(pod.uid()), pod.environment());
                add(cluster.keyOf(pod.uid()), numbers, pod.node(), pod.name(), readable);
            }
        }
        return readable;
    }

    /** What statuses and ConfigMaps say. */
    private static List<Readable> published(SimulatedCluster cluster) {
        List<Readable> readable = new ArrayList<>();
        for (Claim claim : cluster.claims()) {
            add(claim.key(), numbers(claim), "", "status", readable);
        }
        for (StoredMap map : cluster.maps().all()) {
            if (map.byOperator()) {
                String uid = map.identity().orElseThrow().claimUid();
                add(cluster.keyOf(uid), numbers(cluster.placeOf(uid), map.data()), "", "ConfigMap", readable);
            }
        }
        return readable;
    }

    /** Without faults, users and pods for some time, no two claims say the same, and each has what it can have. */
    void settled(SimulatedCluster cluster) {
        List<Readable> readable = published(cluster);
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
