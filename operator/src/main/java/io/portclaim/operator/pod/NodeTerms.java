package io.portclaim.operator.pod;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.portclaim.operator.node.Selectors;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The required node affinity of a pod, as the scheduler evaluates it (component-helpers, scheduling/corev1/nodeaffinity). */
final class NodeTerms {
    private static final String NAME_FIELD = "metadata.name";

    private NodeTerms() {}

    /** The terms of which a node has to match one; null where the pod has no required node affinity. */
    static @Nullable List<NodeSelectorTerm> of(@Nullable Affinity affinity) {
        NodeSelector required = affinity == null || affinity.getNodeAffinity() == null
                ? null
                : affinity.getNodeAffinity().getRequiredDuringSchedulingIgnoredDuringExecution();
        return required == null ? null : required.getNodeSelectorTerms();
    }

    /** The one node that every term names, as those of a DaemonSet's pods do; empty where another is allowed. */
    static Optional<String> onlyNode(@Nullable List<NodeSelectorTerm> terms) {
        if (terms == null || terms.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> first = named(terms.get(0));
        return terms.stream().allMatch(term -> named(term).equals(first)) ? first : Optional.empty();
    }

    private static Optional<String> named(NodeSelectorTerm term) {
        return term.getMatchFields().stream()
                .filter(field -> NAME_FIELD.equals(field.getKey())
                        && "In".equals(field.getOperator())
                        && field.getValues().size() == 1)
                .map(field -> field.getValues().get(0))
                .findFirst();
    }

    /** Whether the node of this name and with these labels matches one of {@code terms}. */
    static boolean match(@Nullable List<NodeSelectorTerm> terms, String name, Map<String, String> labels) {
        return terms == null || terms.stream().anyMatch(term -> matches(term, name, labels));
    }

    /** A term that says nothing matches no node. */
    private static boolean matches(NodeSelectorTerm term, String name, Map<String, String> labels) {
        if (term.getMatchExpressions().isEmpty() && term.getMatchFields().isEmpty()) {
            return false;
        }
        return term.getMatchExpressions().stream()
                        .allMatch(requirement -> matches(requirement, labels.get(requirement.getKey())))
                && term.getMatchFields().stream()
                        .allMatch(field -> matches(field, NAME_FIELD.equals(field.getKey()) ? name : null));
    }

    private static boolean matches(NodeSelectorRequirement wanted, @Nullable String value) {
        return switch (wanted.getOperator()) {
            case "Gt" -> compare(value, wanted) > 0;
            case "Lt" -> compare(value, wanted) < 0;
            default -> Selectors.matches(wanted.getOperator(), wanted.getValues(), value);
        };
    }

    /** 0 where one of them is not a number, so that neither Gt nor Lt holds. */
    private static int compare(@Nullable String value, NodeSelectorRequirement wanted) {
        try {
            return value == null || wanted.getValues().size() != 1
                    ? 0
                    : Long.compare(
                            Long.parseLong(value),
                            Long.parseLong(wanted.getValues().get(0)));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
