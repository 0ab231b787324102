package io.portclaim.operator.allocation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the nodes of a pool, kept by kind, and which of them have changed since the pool was last counted, so that
 * neither asks for a walk through all nodes. Thread-safe; calls nobody while it is locked.
 */
public final class PoolNodes {
    private final Map<String, NodeFacts> facts = new HashMap<>();
    /** By what they have in common: facts without a name. */
    private final Map<NodeFacts, NavigableMap<String, NodeFacts>> kinds = new HashMap<>();

    private volatile List<NodeFacts> profiles = List.of();
    private final Changes changes = new Changes();

    /** What has changed since it was last taken; at first, and where too much has, all. */
    private static final class Changes {
        boolean all = true;
        Set<String> nodes = new HashSet<>();
        BitSet numbers = new BitSet();

        void begin(boolean withAll) {
            all = withAll;
            nodes = new HashSet<>();
            numbers = new BitSet();
        }
    }

    /**
     * The nodes at one moment, and what has changed since the one before.
     *
     * @param kinds all nodes
     * @param isAll whether all counts as changed
     * @param nodes those of which the facts or the ports may have changed; empty: it is not the pool's
     * @param numbers what may have changed on every node at once
     */
    record News(NodeKinds kinds, boolean isAll, Map<String, Optional<NodeFacts>> nodes, BitSet numbers) {}

    /** These nodes. */
    public static PoolNodes of(Collection<NodeFacts> nodes) {
        PoolNodes all = new PoolNodes();
        nodes.forEach(node -> all.update(node.name(), node));
        return all;
    }

    /** Records what is known of a node from now on; null: the pool does not have it. */
    public synchronized void update(String name, @Nullable NodeFacts now) {
        @Nullable NodeFacts before = now == null ? facts.remove(name) : facts.put(name, now);
        if (Objects.equals(before, now)) {
            return;
        }
        changed(name);
        boolean changed = before != null && remove(before);
        changed |= now != null && add(now);
        if (changed) {
            profiles = kinds.values().stream()
                    .map(alike -> alike.firstEntry().getValue())
                    .collect(Collectors.toMap(
                            NodeFacts::profile,
                            example -> example,
                            BinaryOperator.minBy(Comparator.comparing(NodeFacts::name))))
                    .values()
                    .stream()
                    .sorted(Comparator.comparing(NodeFacts::name))
                    .toList();
        }
    }

    /** Whether the node stood for its kind. */
    private boolean remove(NodeFacts node) {
        NavigableMap<String, NodeFacts> alike = kinds.getOrDefault(node.nameless(), new TreeMap<>());
        boolean wasFirst = !alike.isEmpty() && alike.firstKey().equals(node.name());
        alike.remove(node.name());
        if (alike.isEmpty()) {
            kinds.remove(node.nameless());
        }
        return wasFirst;
    }

    /** Whether the node stands for its kind. */
    private boolean add(NodeFacts node) {
        NavigableMap<String, NodeFacts> alike = kinds.computeIfAbsent(node.nameless(), key -> new TreeMap<>());
        alike.put(node.name(), node);
        return alike.firstKey().equals(node.name());
    }

    /** The first node by name of each profile: what is usable on these is usable on all, however many there are. */
    public List<NodeFacts> profiles() {
        return profiles;
    }

    /** How many there are. */
    public synchronized int size() {
        return facts.size();
    }

    /** What is known of the node of this name, where the pool has it. */
    public synchronized Optional<NodeFacts> get(String name) {
        return Optional.ofNullable(facts.get(name));
    }

    /** All of them, counted by kind. */
    public synchronized NodeKinds kinds() {
        List<NodeKinds.Kind> counted = new ArrayList<>(kinds.size());
        kinds.values()
                .forEach(alike -> counted.add(new NodeKinds.Kind(
                        alike.values().stream().limit(NodeKinds.NAMED).toList(), alike.size())));
        return new NodeKinds(counted);
    }

    /** Something has changed about a port at a place, be it a node of the pool or not. */
    synchronized void portChanged(String place, int port) {
        if (changes.all) {
            return;
        }
        if (Place.isNode(place)) {
            changed(place);
        } else {
            changes.numbers.set(port);
        }
    }

    private void changed(String node) {
        if (!changes.all) {
            changes.nodes.add(node);
            // As many as there are: what comes and goes while nobody counts must not fill the memory.
            if (changes.nodes.size() > facts.size()) {
                changes.begin(true);
            }
        }
    }

    /** Has the next {@link #news} count as changed all that there is. */
    synchronized void allChanged() {
        changes.begin(true);
    }

    /** The nodes now, and what has changed since this was last called. */
    synchronized News news() {
        Map<String, Optional<NodeFacts>> changed = new HashMap<>();
        (changes.all ? facts.keySet() : changes.nodes)
                .forEach(name -> changed.put(name, Optional.ofNullable(facts.get(name))));
        News news = new News(kinds(), changes.all, changed, changes.numbers);
        changes.begin(false);
        return news;
    }
}
