package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.portclaim.api.v1alpha1.PortPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What was there, and since when, of all that decides which ports may be given: pools, nodes, pods, Services. */
final class Surroundings {
    private record Version<T>(long nanos, @Nullable T value) {}

    private record Declaration(String owner, @Nullable String namespace, Set<Grant.Slot> slots, long nanos) {}

    private record Absence(Instant from, Instant to) {}

    private final Map<String, List<Version<PortPool>>> pools = new HashMap<>();
    private final Map<String, List<Version<Node>>> nodes = new HashMap<>();
    private final Map<String, Declaration> declarations = new HashMap<>();
    private final Map<String, Instant> absentSince = new HashMap<>();
    private final Map<String, List<Absence>> absences = new HashMap<>();

    void note(ClusterHistory.Entry entry) {
        HasMetadata object = entry.object();
        String name = object.getMetadata().getName();
        if (object instanceof PortPool pool) {
            put(pools, name, new Version<>(entry.nanos(), entry.deleted() ? null : pool));
        } else if (object instanceof Node node) {
            put(nodes, name, new Version<>(entry.nanos(), entry.deleted() ? null : node));
            if (entry.deleted()) {
                absentSince.put(name, entry.clock());
            } else {
                Optional.ofNullable(absentSince.remove(name))
                        .ifPresent(since -> absences.computeIfAbsent(name, key -> new ArrayList<>())
                                .add(new Absence(since, entry.clock())));
            }
        } else if (object instanceof Pod pod) {
            boolean ended = entry.deleted() || hasEnded(pod);
            declare(entry, "Pod " + name, object.getMetadata().getNamespace(), ended ? Set.of() : declared(pod));
        } else if (object instanceof Service service) {
            declare(entry, "Service " + name, null, entry.deleted() ? Set.of() : declared(service));
        }
    }

    private static <T> void put(Map<String, List<Version<T>>> versions, String name, Version<T> version) {
        versions.computeIfAbsent(name, key -> new ArrayList<>()).add(version);
    }

    private void declare(ClusterHistory.Entry entry, String owner, @Nullable String namespace, Set<Grant.Slot> slots) {
        String uid = entry.object().getMetadata().getUid();
        Declaration before = declarations.get(uid);
        if (slots.isEmpty()) {
            declarations.remove(uid);
        } else if (before == null || !before.slots.equals(slots)) {
            declarations.put(uid, new Declaration(owner, namespace, slots, entry.nanos()));
        }
    }

    static boolean hasEnded(Pod pod) {
        return pod.getStatus() != null
                && List.of("Succeeded", "Failed")
                        .contains(String.valueOf(pod.getStatus().getPhase()));
    }

    static Set<Grant.Slot> declared(Pod pod) {
        String node = pod.getSpec().getNodeName();
        return node == null
                ? Set.of()
                : Stream.concat(pod.getSpec().getContainers().stream(), pod.getSpec().getInitContainers().stream())
                        .flatMap(container -> container.getPorts().stream())
                        .filter(port -> port.getHostPort() != null)
                        .map(port -> new Grant.Slot(node, port.getProtocol(), port.getHostPort()))
                        .collect(Collectors.toSet());
    }

    static Set<Grant.Slot> declared(Service service) {
        return service.getSpec().getPorts().stream()
                .filter(port -> port.getNodePort() != null)
                .map(port -> new Grant.Slot(Grant.EVERYWHERE, port.getProtocol(), port.getNodePort()))
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** Whether the node was away for as long as {@code grace} at any time after {@code since}, by the operators' time. */
    boolean wasAbandoned(String node, Duration grace, Instant since, Instant now) {
        Instant away = absentSince.get(node);
        if (!nodes.containsKey(node) || (away != null && !now.isBefore(away.plus(grace)))) {
            return true;
        }
        return absences.getOrDefault(node, List.of()).stream()
                .anyMatch(absence -> absence.to.isAfter(since) && !absence.to.isBefore(absence.from.plus(grace)));
    }

    /** Whether the node is there, and for how long it is not, for people. */
    String presence(String node, Instant now) {
        Instant away = absentSince.get(node);
        return away == null
                ? "present, earlier absences " + absences.get(node)
                : "absent for " + Duration.between(away, now);
    }

    /**
     * Why {@code grant} must not be given at {@code place}, where that was so all the time since {@code since}: what came
     * later may have come at the same moment as the decision.
     */
    Optional<String> forbids(@Nullable String pool, String namespace, String place, Grant grant, long since) {
        List<PortPool> rules = during(pools.getOrDefault(String.valueOf(pool), List.of()), since);
        if (rules.isEmpty()) {
            return Optional.of("there is no pool " + pool);
        }
        for (List<Node> facts : nodes(place, rules, since)) {
            if (rules.stream().noneMatch(rule -> facts.stream().anyMatch(node -> allows(rule, node, grant)))) {
                return Optional.of("pool %s does not give it out on %s"
                        .formatted(pool, facts.get(0).getMetadata().getName()));
            }
        }
        return declarations.values().stream()
                .filter(declaration -> declaration.nanos < since && !namespace.equals(declaration.namespace))
                .filter(declaration -> declaration.slots.stream().anyMatch(slot -> meets(slot, place, grant)))
                .map(declaration -> "%s of namespace %s has declared it since %s"
                        .formatted(declaration.owner, declaration.namespace, Duration.ofNanos(declaration.nanos)))
                .findFirst();
    }

    private static boolean allows(PortPool pool, Node node, Grant grant) {
        BitSet usable = Ports.usable(pool, node);
        return grant.numbers().allMatch(usable::get);
    }

    static boolean meets(Grant.Slot slot, String place, Grant grant) {
        boolean samePlace =
                slot.place().equals(place) || slot.place().equals(Grant.EVERYWHERE) || place.equals(Grant.EVERYWHERE);
        return samePlace
                && grant.protocols().contains(slot.protocol())
                && grant.numbers().anyMatch(port -> port == slot.port());
    }

    /** The versions of each node that matters: for ports everywhere, of those that the pool served all the time. */
    private Collection<List<Node>> nodes(String place, List<PortPool> rules, long since) {
        if (!place.equals(Grant.EVERYWHERE)) {
            List<Node> versions = during(nodes.getOrDefault(place, List.of()), since);
            return versions.isEmpty() ? List.of() : List.of(versions);
        }
        return nodes.values().stream()
                .filter(versions -> versions.get(0).nanos < since
                        && versions.stream().noneMatch(version -> version.value == null && version.nanos >= since)
                        && versions.get(versions.size() - 1).value != null)
                .map(versions -> during(versions, since))
                .filter(versions -> versions.stream()
                        .allMatch(node -> rules.stream()
                                .allMatch(rule -> Ports.selects(rule.getSpec().nodeSelector(), node))))
                .toList();
    }

    /** The values that were current at any time from {@code since} on. */
    private static <T> List<T> during(List<Version<T>> versions, long since) {
        List<T> values = new ArrayList<>();
        for (int i = 0; i < versions.size(); i++) {
            boolean outdated = i + 1 < versions.size() && versions.get(i + 1).nanos < since;
            T value = versions.get(i).value;
            if (!outdated && value != null) {
                values.add(value);
            }
        }
        return values;
    }
}
