package io.portclaim.operator.pool;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.node.Nodes.KnownNode;
import io.portclaim.operator.node.Selectors;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that a pool serves, kept up to date node by node. Thread-safe; whoever goes through them while a node changes gets it as
 * it was or as it is.
 */
public final class ServedNodes {
    private final Pool pool;
    private final NavigableMap<String, KnownNode> nodes = new ConcurrentSkipListMap<>();
    private final Map<NodeFacts.Profile, NavigableMap<String, NodeFacts>> byProfile = new HashMap<>();
    private volatile List<NodeFacts> profiles = List.of();
    private volatile int size;

    /** None yet. */
    ServedNodes(Pool pool) {
        this.pool = pool;
    }

    /** The pool as it was when they were selected. */
    Pool pool() {
        return pool;
    }

    /** All of them, by name. To count them takes as long as to go through them. */
    public SortedMap<String, KnownNode> nodes() {
        return Collections.unmodifiableSortedMap(nodes);
    }

    /** How many there are. */
    public int size() {
        return size;
    }

    /**
     * The first node by name of each profile: what is usable on these is usable on all, however many there are.
     */
    public List<NodeFacts> profiles() {
        return profiles;
    }

    /** Whether {@code pool} serves such a node. */
    static boolean serves(Pool pool, KnownNode node) {
        return Selectors.matches(pool.nodeSelector(), node.labels());
    }

    /** Records what is known of a node from now on; null: it is gone. */
    synchronized void update(String name, @Nullable KnownNode known) {
        @Nullable KnownNode now = known != null && serves(pool, known) ? known : null;
        @Nullable KnownNode before = now == null ? nodes.remove(name) : nodes.put(name, now);
        size += (now == null ? 0 : 1) - (before == null ? 0 : 1);
        @Nullable NodeFacts factsBefore = before == null ? null : before.facts();
        @Nullable NodeFacts factsNow = now == null ? null : now.facts();
        if (Objects.equals(factsBefore, factsNow)) {
            return;
        }
        boolean changed = factsBefore != null && remove(factsBefore);
        changed |= factsNow != null && add(factsNow);
        if (changed) {
            profiles = byProfile.values().stream()
                    .map(alike -> alike.firstEntry().getValue())
                    .sorted(Comparator.comparing(NodeFacts::name))
                    .toList();
        }
    }

    /** Whether the node stood for its profile. */
    private boolean remove(NodeFacts facts) {
        NavigableMap<String, NodeFacts> alike = byProfile.getOrDefault(facts.profile(), new TreeMap<>());
        boolean wasFirst = !alike.isEmpty() && alike.firstKey().equals(facts.name());
        alike.remove(facts.name());
        if (alike.isEmpty()) {
            byProfile.remove(facts.profile());
        }
        return wasFirst;
    }

    /** Whether the node stands for its profile. */
    private boolean add(NodeFacts facts) {
        NavigableMap<String, NodeFacts> alike = byProfile.computeIfAbsent(facts.profile(), key -> new TreeMap<>());
        alike.put(facts.name(), facts);
        return alike.firstKey().equals(facts.name());
    }
}
