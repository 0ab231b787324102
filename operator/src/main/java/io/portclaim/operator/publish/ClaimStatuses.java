package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A claim's status, made of facts and read back.
 *
 * <p>Equal facts give an equal status, whatever the time, so a status that equals the previous one need not be written.
 */
public final class ClaimStatuses {
    private static final String UNDECIDED = "no ports have been assigned yet";
    private static final String KEPT =
            "the claim keeps these ports, though this node is absent or no longer matches the claim and its pool";

    private record Group(List<PortGrant> grants, @Nullable String message) {}

    private ClaimStatuses() {}

    /**
     * The status that {@code facts} give, with the reasons in it.
     *
     * @param previous the status that stands in the API server; null where there is none
     * @param now the time of conditions that change
     */
    public static RenderedStatus render(ClaimFacts facts, @Nullable PortClaimStatus previous, Instant now) {
        ClaimConditions conditions = new ClaimConditions(facts);
        boolean byNode = facts.scope() == Scope.NODE;
        String summary = PortSummary.of(facts.published(), facts.placesShown());
        PortClaimStatus status = new PortClaimStatus(
                phase(facts, conditions),
                facts.generation(),
                facts.uid(),
                facts.poolName(),
                facts.configMapName(),
                summary.isEmpty() ? null : summary,
                byNode ? facts.nodesDesired().size() : null,
                byNode ? nodesAssigned(facts) : null,
                nullIfEmpty(commonPorts(facts)),
                byNode ? nullIfEmpty(nodes(facts)) : null,
                null,
                conditions.all(
                        new Conditions(previous == null ? null : previous.conditions(), facts.generation(), now)));
        return new RenderedStatus(
                status,
                asWritten(conditions.waitsFor()),
                asWritten(facts.problems().publication()),
                asWritten(conditions.unusable()));
    }

    private static @Nullable Refusal asWritten(@Nullable Refusal refusal) {
        return refusal == null ? null : refusal.saying(Conditions.bounded(refusal.message()));
    }

    /**
     * What a status says that its claim holds. Never fails: what others wrote there and can't be so is left out.
     *
     * @param status null where there is none
     */
    public static Assignment assignmentOf(Scope scope, @Nullable PortClaimStatus status) {
        return assignmentOf(scope, status, Believed.ALL);
    }

    /** As {@link #assignmentOf(Scope, PortClaimStatus)}, of what is believed only. */
    public static Assignment assignmentOf(Scope scope, @Nullable PortClaimStatus status, Believed believed) {
        AssignmentCollector ports = new AssignmentCollector(scope, believed);
        if (status == null || scope == Scope.POD) {
            return Assignment.NONE;
        }
        if (scope == Scope.CLUSTER) {
            AssignedPorts.read(status.ports(), Place.EVERYWHERE, ports);
        } else if (status.nodes() != null) {
            status.nodes().forEach(group -> read(group, ports));
        }
        return ports.result();
    }

    /** What a status says of one type of condition; empty where it says nothing. */
    public static Optional<Condition> condition(@Nullable PortClaimStatus status, String type) {
        return Optional.ofNullable(status)
                .map(PortClaimStatus::conditions)
                .flatMap(conditions -> conditions.stream()
                        .filter(condition -> condition.type().equals(type))
                        .findFirst());
    }

    /** The reason that a status gives in one type of condition; empty where it gives none that this version knows. */
    public static Optional<Reason> reason(@Nullable PortClaimStatus status, String type) {
        return condition(status, type).map(Condition::reason).flatMap(Reason::of);
    }

    private static void read(@Nullable NodeAssignment group, AssignmentCollector into) {
        if (group == null || group.names() == null) {
            return;
        }
        for (String node : group.names()) {
            if (node != null) {
                AssignedPorts.read(group.ports(), node, into);
            }
        }
    }

    private static Phase phase(ClaimFacts facts, ClaimConditions conditions) {
        if (facts.problems().conflict() != null) {
            return Phase.CONFLICTED;
        }
        return conditions.isReady() ? Phase.BOUND : Phase.PENDING;
    }

    private static int nodesAssigned(ClaimFacts facts) {
        return (int) facts.nodesDesired().stream().filter(facts::isAssignedAt).count();
    }

    /** The ports that are the same wherever the claim wants and has ports, in the order of its spec. */
    private static List<AssignedPort> commonPorts(ClaimFacts facts) {
        List<PortGrant> common = null;
        for (String place : facts.placesShown()) {
            List<PortGrant> here = facts.published().at(place);
            common = common == null
                    ? here
                    : common.stream().filter(here::contains).toList();
        }
        return common == null ? List.of() : AssignedPorts.of(common);
    }

    private static List<NodeAssignment> nodes(ClaimFacts facts) {
        SortedSet<String> nodes = new TreeSet<>(facts.nodesDesired());
        nodes.addAll(facts.published().places());
        nodes.addAll(facts.problems().places().keySet());
        Map<Group, List<String>> groups = new LinkedHashMap<>();
        for (String node : nodes) {
            Group group = new Group(facts.published().at(node), message(facts, node));
            groups.computeIfAbsent(group, key -> new ArrayList<>()).add(node);
        }
        List<NodeAssignment> result = new ArrayList<>();
        groups.forEach((group, names) -> result.add(new NodeAssignment(
                List.copyOf(names), nullIfEmpty(AssignedPorts.of(group.grants())), group.message())));
        return List.copyOf(result);
    }

    private static @Nullable String message(ClaimFacts facts, String node) {
        Refusal refusal = facts.problems().places().get(node);
        if (refusal != null) {
            return Conditions.bounded(ClaimConditions.withoutPlace(refusal.message(), node));
        }
        if (facts.published().at(node).isEmpty()) {
            boolean isExplained =
                    facts.problems().conflict() != null || facts.problems().claim() != null;
            return isExplained ? null : UNDECIDED;
        }
        return facts.nodesDesired().contains(node) ? null : KEPT;
    }

    private static <T> @Nullable List<T> nullIfEmpty(List<T> list) {
        return list.isEmpty() ? null : list;
    }
}
