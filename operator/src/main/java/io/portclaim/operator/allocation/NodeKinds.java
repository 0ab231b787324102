package io.portclaim.operator.allocation;

import io.portclaim.operator.allocation.NodeFacts.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The nodes of a pool at one moment, those counted together that are alike in all but the name. */
public record NodeKinds(List<Kind> kinds) {
    /** How many nodes of a kind are known by name: a message names no more. */
    public static final int NAMED = 3;

    public NodeKinds {
        kinds = List.copyOf(kinds);
    }

    /**
     * Nodes that are alike in all but the name.
     *
     * @param first the first of them by name, at most {@link #NAMED}
     * @param nodes how many there are
     */
    public record Kind(List<NodeFacts> first, int nodes) {
        public Kind {
            first = List.copyOf(first);
        }

        /** The first by name. */
        public NodeFacts example() {
            return first.get(0);
        }
    }

    /** How many nodes there are. */
    public int nodes() {
        return kinds.stream().mapToInt(Kind::nodes).sum();
    }

    /** Whether there is no node. */
    public boolean isEmpty() {
        return kinds.isEmpty();
    }

    /** The first node by name of each kind. */
    public List<NodeFacts> examples() {
        return kinds.stream().map(Kind::example).toList();
    }

    /** How many nodes there are of each source; a source that is missing has none. */
    public Map<Source, Long> bySource() {
        return kinds.stream()
                .collect(Collectors.groupingBy(kind -> kind.example().source(), Collectors.summingLong(Kind::nodes)));
    }

    /** The nodes of which something can't be read: the first by name, at most {@link #NAMED}, and how many there are. */
    public Kind unreadable() {
        Collection<NodeFacts> first = new ArrayList<>();
        int nodes = 0;
        for (Kind kind : kinds) {
            if (!kind.example().unreadable().isEmpty()) {
                first.addAll(kind.first);
                nodes += kind.nodes;
            }
        }
        return new Kind(
                first.stream()
                        .sorted(Comparator.comparing(NodeFacts::name))
                        .limit(NAMED)
                        .toList(),
                nodes);
    }
}
