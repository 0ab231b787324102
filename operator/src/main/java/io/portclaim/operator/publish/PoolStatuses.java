package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.NodeKinds;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import io.portclaim.operator.publish.Conditions.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A pool's status, made of facts.
 *
 * <p>Equal facts give an equal status, whatever the time, so a status that equals the previous one need not be written.
 */
public final class PoolStatuses {
    /** How many kinds of nodes a message names before the rest is only counted. */
    private static final int MAX_KINDS = 3;

    private static final String NO_NODE = "no node matches spec.nodeSelector; label a node so that it matches";

    private PoolStatuses() {}

    /**
     * The status that {@code facts} give.
     *
     * @param previous the status that stands in the API server; null where there is none
     * @param now the time of conditions that change
     */
    public static PortPoolStatus status(PoolFacts facts, @Nullable PortPoolStatus previous, Instant now) {
        Conditions conditions =
                new Conditions(previous == null ? null : previous.conditions(), facts.generation(), now);
        PoolUse use = facts.use();
        return new PortPoolStatus(
                facts.generation(),
                conditions(facts, conditions),
                facts.nodes().nodes(),
                new PortPoolStatus.Slots(use.total(), use.assigned(), use.cooling(), use.available()),
                use.tightestNode() == null
                        ? null
                        : new PortPoolStatus.TightestNode(use.tightestNode(), use.tightestAvailable()),
                new PortPoolStatus.ClusterNumbers(use.clusterTotal(), use.clusterAvailable()),
                use.claims(),
                nodeFacts(facts.nodes().bySource()));
    }

    /** What a status says of one type of condition; empty where it says nothing. */
    public static Optional<Condition> condition(@Nullable PortPoolStatus status, String type) {
        return status == null || status.conditions() == null
                ? Optional.empty()
                : status.conditions().stream()
                        .filter(condition -> type.equals(condition.type()))
                        .findFirst();
    }

    private static PortPoolStatus.NodeFacts nodeFacts(Map<NodeFacts.Source, Long> counts) {
        return new PortPoolStatus.NodeFacts(
                Math.toIntExact(counts.getOrDefault(NodeFacts.Source.REPORTED, 0L)),
                Math.toIntExact(counts.getOrDefault(NodeFacts.Source.ANNOTATED, 0L)),
                Math.toIntExact(counts.getOrDefault(NodeFacts.Source.ASSUMED, 0L)),
                Math.toIntExact(counts.getOrDefault(NodeFacts.Source.UNREADABLE, 0L)));
    }

    private static List<Condition> conditions(PoolFacts facts, Conditions conditions) {
        if (facts.invalid() != null) {
            List<Condition> all = new ArrayList<>(allUnknown(conditions, Reason.POOL_INVALID, facts.invalid()));
            all.add(conditions.next(Conditions.STALLED, Status.TRUE, Reason.POOL_INVALID, facts.invalid()));
            return List.copyOf(all);
        }
        if (facts.nodes().isEmpty()) {
            return allUnknown(conditions, Reason.NO_NODES, NO_NODE);
        }
        List<EphemeralOverlap> overlaps = EphemeralOverlap.of(facts.rules(), facts.nodes());
        return List.of(
                ready(facts, conditions),
                facts.rules().spec().excludeEphemeral() ? overlap(overlaps, conditions) : ignored(overlaps, conditions),
                exhausted(facts, conditions),
                unreadable(facts, conditions));
    }

    private static List<Condition> allUnknown(Conditions conditions, Reason reason, String message) {
        return List.of(
                conditions.next(Conditions.READY, Status.FALSE, reason, message),
                conditions.next(Conditions.RANGE_OVERLAPS_EPHEMERAL, Status.UNKNOWN, reason, message),
                conditions.next(Conditions.EXHAUSTED, Status.UNKNOWN, reason, message),
                conditions.next(Conditions.NODES_UNREADABLE, Status.UNKNOWN, reason, message));
    }

    private static Condition ready(PoolFacts facts, Conditions conditions) {
        PoolRules rules = facts.rules();
        if (rules.base().isEmpty()) {
            return conditions.next(
                    Conditions.READY,
                    Status.FALSE,
                    Reason.NO_USABLE_PORTS,
                    "spec.exclude and the NodePort range leave no port of spec.ranges; widen spec.ranges");
        }
        if (facts.nodes().examples().stream()
                .allMatch(node -> rules.usableOn(node).isEmpty())) {
            return conditions.next(
                    Conditions.READY,
                    Status.FALSE,
                    Reason.NO_USABLE_PORTS,
                    facts.nodes().examples().stream().anyMatch(NodeFacts::isUnknown)
                            ? rules.unreadable(facts.nodes().examples()).orElseThrow()
                            : "all ports of spec.ranges (%s) lie in the nodes' ephemeral ranges; choose ranges outside them, such as 21000-28999"
                                    .formatted(PortSummary.of(rules.base())));
        }
        return conditions.next(
                Conditions.READY,
                Status.TRUE,
                Reason.SERVING,
                "assigns %s on %s"
                        .formatted(
                                PortSummary.of(rules.base()),
                                PortSummary.nodes(facts.nodes().nodes())));
    }

    private static Condition overlap(List<EphemeralOverlap> overlaps, Conditions conditions) {
        return overlaps.isEmpty()
                ? conditions.next(
                        Conditions.RANGE_OVERLAPS_EPHEMERAL,
                        Status.FALSE,
                        Reason.NO_OVERLAP,
                        "no port of the pool lies in a node's ephemeral range")
                : conditions.next(
                        Conditions.RANGE_OVERLAPS_EPHEMERAL,
                        Status.TRUE,
                        Reason.RANGES_OVERLAP,
                        "not assigned, because the kernel may use them for outgoing connections: %s; choose spec.ranges outside these ranges, or reserve the ports on the nodes with net.ipv4.ip_local_reserved_ports"
                                .formatted(describe(overlaps)));
    }

    private static Condition ignored(List<EphemeralOverlap> overlaps, Conditions conditions) {
        String message = overlaps.isEmpty()
                ? "ephemeralPorts.policy is Ignore; at present no port of the pool lies in a node's ephemeral range"
                : "ephemeralPorts.policy is Ignore, so ports may be assigned that the kernel uses for outgoing connections, and then a pod cannot listen on them (address already in use): %s; set the policy to Exclude, or choose spec.ranges outside these ranges"
                        .formatted(describe(overlaps));
        return conditions.next(Conditions.RANGE_OVERLAPS_EPHEMERAL, Status.UNKNOWN, Reason.IGNORED, message);
    }

    private static String describe(List<EphemeralOverlap> overlaps) {
        String named = overlaps.stream()
                .limit(MAX_KINDS)
                .map(EphemeralOverlap::describe)
                .collect(Collectors.joining("; "));
        int others = overlaps.stream()
                .skip(MAX_KINDS)
                .mapToInt(EphemeralOverlap::nodes)
                .sum();
        return others == 0 ? named : named + "; and others on " + PortSummary.nodes(others);
    }

    private static Condition unreadable(PoolFacts facts, Conditions conditions) {
        NodeKinds.Kind unreadable = facts.nodes().unreadable();
        if (unreadable.nodes() == 0) {
            return conditions.next(
                    Conditions.NODES_UNREADABLE,
                    Status.FALSE,
                    Reason.NODES_READABLE,
                    "all annotations and reports of the nodes can be read");
        }
        String named =
                unreadable.first().stream().map(NodeFacts::describeUnreadable).collect(Collectors.joining("; "));
        int others = unreadable.nodes() - unreadable.first().size();
        String ignored = facts.rules().spec().excludeEphemeral()
                ? ""
                : "; ephemeralPorts.policy is Ignore, so this does not affect this pool";
        return conditions.next(
                Conditions.NODES_UNREADABLE,
                Status.TRUE,
                Reason.NODE_UNREADABLE,
                named + (others > 0 ? "; and others on " + PortSummary.nodes(others) : "") + ignored);
    }

    private static Condition exhausted(PoolFacts facts, Conditions conditions) {
        PoolUse use = facts.use();
        if (use.tightestNode() == null || use.tightestAvailable() > 0) {
            return use.clusterAvailable() > 0 ? notExhausted(conditions) : noClusterNumber(use, conditions);
        }
        Optional<String> unreadable =
                facts.tightest() != null && facts.tightest().isUnknown()
                        ? facts.rules().unreadable(List.of(facts.tightest()))
                        : Optional.empty();
        if (unreadable.isPresent()) {
            return conditions.next(Conditions.EXHAUSTED, Status.TRUE, Reason.NODE_FULL, unreadable.get());
        }
        String rest = use.cooling() == 0
                ? ""
                : "; %d are cooling over all nodes and become free by themselves".formatted(use.cooling());
        return conditions.next(
                Conditions.EXHAUSTED,
                Status.TRUE,
                Reason.NODE_FULL,
                "no port is free on node %s%s; delete claims, or widen spec.ranges"
                        .formatted(use.tightestNode(), rest));
    }

    private static Condition notExhausted(Conditions conditions) {
        return conditions.next(
                Conditions.EXHAUSTED,
                Status.FALSE,
                Reason.PORTS_AVAILABLE,
                "every node has free ports, and some are free on all nodes at once");
    }

    private static Condition noClusterNumber(PoolUse use, Conditions conditions) {
        String what = use.clusterTotal() == 0
                ? "every node has free ports, but no port is usable on all nodes at once, so claims of scope Cluster wait; choose spec.ranges outside the ephemeral ranges of all nodes, or limit spec.nodeSelector to nodes that are alike"
                : "every node has free ports, but none of the %d ports that all nodes share is free on all of them at once, so claims of scope Cluster wait; delete claims, or widen spec.ranges"
                        .formatted(use.clusterTotal());
        return conditions.next(Conditions.EXHAUSTED, Status.TRUE, Reason.NO_CLUSTER_NUMBERS, what);
    }
}
