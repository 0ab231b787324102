package io.portclaim.operator.pool;

import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolNodes;
import io.portclaim.operator.node.Nodes.KnownNode;
import io.portclaim.operator.node.Selectors;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that a pool serves, kept up to date node by node. Thread-safe; whoever goes through them while a node changes gets it as
 * it was or as it is.
 */
public final class ServedNodes {
    private final Pool pool;
    private final NavigableMap<String, KnownNode> nodes = new ConcurrentSkipListMap<>();
    private final PoolNodes facts = new PoolNodes();

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
        return facts.size();
    }

    /** The first node by name of each profile: what is usable on these is usable on all, however many there are. */
    public List<NodeFacts> profiles() {
        return facts.profiles();
    }

    /** What is known of them, counted by kind. */
    public PoolNodes facts() {
        return facts;
    }

    /** Whether {@code pool} serves such a node. */
    static boolean serves(Pool pool, KnownNode node) {
        return Selectors.matches(pool.nodeSelector(), node.labels());
    }

    /** Records what is known of a node from now on; null: it is gone. */
    synchronized void update(String name, @Nullable KnownNode known) {
        @Nullable KnownNode now = known != null && serves(pool, known) ? known : null;
        if (now == null) {
            nodes.remove(name);
        } else {
            nodes.put(name, now);
        }
        facts.update(name, now == null ? null : now.facts());
    }
}
