package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.operator.node.Nodes.KnownNode;
import io.portclaim.operator.node.NodesByLabel;
import io.portclaim.operator.node.Selectors;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which of its pool's nodes a claim of scope Node is for. */
sealed interface WantedNodes {
    /** Whether the node is one of them, if the pool serves it. */
    boolean include(String name, KnownNode node);

    /** Sets of terms of which it is enough to look one set up: a node that is one of them has a term of each set. */
    List<Set<NodeTerm>> terms(String pool);

    /** The node of this name. */
    record Named(String node) implements WantedNodes {
        @Override
        public boolean include(String name, KnownNode known) {
            return node.equals(name);
        }

        @Override
        public List<Set<NodeTerm>> terms(String pool) {
            return List.of(Set.of(new NodeTerm.Name(node)));
        }
    }

    /** Those that the selector selects. */
    record Selected(LabelSelector selector) implements WantedNodes {
        @Override
        public boolean include(String name, KnownNode node) {
            return Selectors.matches(selector, node.labels());
        }

        @Override
        public List<Set<NodeTerm>> terms(String pool) {
            List<Set<NodeTerm>> required = Stream.concat(
                            selector.getMatchLabels().entrySet().stream()
                                    .map(wanted ->
                                            Set.<NodeTerm>of(new NodeTerm.Label(wanted.getKey(), wanted.getValue()))),
                            selector.getMatchExpressions().stream().flatMap(Selected::terms))
                    .toList();
            // What only says which labels a node must not have may select any.
            return required.isEmpty() ? List.of(Set.of(new NodeTerm.ServedBy(pool))) : required;
        }

        private static Stream<Set<NodeTerm>> terms(LabelSelectorRequirement wanted) {
            return switch (wanted.getOperator()) {
                case "In" ->
                    Stream.of(wanted.getValues().stream()
                            .map(value -> new NodeTerm.Label(wanted.getKey(), value))
                            .collect(Collectors.toUnmodifiableSet()));
                case "Exists" -> Stream.of(Set.of(new NodeTerm.LabelName(wanted.getKey())));
                default -> Stream.empty();
            };
        }
    }

    /** All. */
    record All() implements WantedNodes {
        @Override
        public boolean include(String name, KnownNode node) {
            return true;
        }

        @Override
        public List<Set<NodeTerm>> terms(String pool) {
            return List.of(Set.of(new NodeTerm.MovedIn(pool)));
        }
    }

    /** What {@code spec} is for. */
    static WantedNodes of(PortClaimSpec spec) {
        if (spec.nodeName() != null) {
            return new Named(spec.nodeName());
        }
        return spec.nodeSelector() == null ? new All() : new Selected(spec.nodeSelector());
    }

    /**
     * The names of some nodes of which those that {@link #include} are a part, as few as can be found without going through all;
     * empty: any node may be one.
     */
    default Optional<Set<String>> candidates(NodesByLabel nodes) {
        return terms("").stream()
                .filter(terms -> terms.stream().allMatch(NodeTerm::namesNodes))
                .min(Comparator.comparingInt(terms ->
                        terms.stream().mapToInt(term -> term.count(nodes)).sum()))
                .map(terms -> terms.stream()
                        .flatMap(term -> term.nodes(nodes).stream())
                        .collect(Collectors.toSet()));
    }

    /** By what claims are looked up when a node changes. */
    sealed interface NodeTerm {
        /** Whether the nodes that have it can be looked up too. */
        default boolean namesNodes() {
            return true;
        }

        /** How many these are. */
        default int count(NodesByLabel all) {
            return nodes(all).size();
        }

        /** Their names. */
        default Set<String> nodes(NodesByLabel all) {
            return Set.of();
        }

        /** The node's name. */
        record Name(String node) implements NodeTerm {
            @Override
            public Set<String> nodes(NodesByLabel all) {
                return Set.of(node);
            }
        }

        /** A label that it had or has. */
        record Label(String name, String value) implements NodeTerm {
            @Override
            public int count(NodesByLabel all) {
                return all.count(name, value);
            }

            @Override
            public Set<String> nodes(NodesByLabel all) {
                return all.having(name, value);
            }
        }

        /** The name of a label that it had or has. */
        record LabelName(String name) implements NodeTerm {
            @Override
            public int count(NodesByLabel all) {
                return all.count(name);
            }

            @Override
            public Set<String> nodes(NodesByLabel all) {
                return all.having(name);
            }
        }

        /** A pool that served it or serves it. */
        record ServedBy(String pool) implements NodeTerm {
            @Override
            public boolean namesNodes() {
                return false;
            }
        }

        /** A pool that it came into or left, or in which its facts have changed. */
        record MovedIn(String pool) implements NodeTerm {
            @Override
            public boolean namesNodes() {
                return false;
            }
        }
    }
}
