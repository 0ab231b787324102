package io.portclaim.operator.simulation;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The nodes that there are, and since when those are away that were. */
final class SimulatedNodes {
    private final Supplier<Instant> now;
    private final Consumer<String> note;
    private final Consumer<String> abandoned;
    private final Set<String> nodes = new TreeSet<>(Set.of("a", "b"));
    private final Map<String, Instant> awaySince = new HashMap<>();

    /** {@code abandoned} hears of each node that is away for longer than what is held there is kept. */
    SimulatedNodes(Supplier<Instant> now, Consumer<String> note, Consumer<String> abandoned) {
        this.now = now;
        this.note = note;
        this.abandoned = abandoned;
    }

    /** The names of the nodes, sorted. */
    List<String> names() {
        return List.copyOf(nodes);
    }

    /** A node joins, or comes back. */
    void join(String node) {
        nodes.add(node);
        Instant since = awaySince.remove(node);
        if (since != null && wasAbandoned(since)) {
            abandoned.accept(node);
        }
        note.accept("node %s joins".formatted(node));
    }

    /** A node leaves. */
    void leave(String node) {
        nodes.remove(node);
        awaySince.put(node, now.get());
        note.accept("node %s leaves".formatted(node));
    }

    /** Passes on which nodes are away for too long by now. */
    void noteAbandoned() {
        awaySince.forEach((node, since) -> {
            if (wasAbandoned(since)) {
                abandoned.accept(node);
            }
        });
    }

    private boolean wasAbandoned(Instant since) {
        return now.get().isAfter(since.plus(SimulatedOperator.NODE_GRACE));
    }
}
