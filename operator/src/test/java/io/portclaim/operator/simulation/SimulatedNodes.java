package io.portclaim.operator.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The nodes that there are, and since when those are away that were. */
public final class SimulatedNodes {
    /** Who was frozen while a node was back for a shorter time has not noticed it. */
    private static final Duration NOTICED = Duration.ofSeconds(30);

    private final Supplier<Instant> now;
    private final Consumer<String> note;
    private final Consumer<String> abandoned;
    private final Set<String> nodes = new TreeSet<>(Set.of("a", "b"));
    private final Map<String, Instant> awaySince = new HashMap<>();
    private final Map<String, Instant> backSince = new HashMap<>();

    /** {@code abandoned} hears of each node that is away for longer than what is held there is kept. */
    SimulatedNodes(Supplier<Instant> now, Consumer<String> note, Consumer<String> abandoned) {
        this.now = now;
        this.note = note;
        this.abandoned = abandoned;
    }

    /** The names of the nodes, sorted. */
    public List<String> names() {
        return List.copyOf(nodes);
    }

    /** What the hostname label of a node says. */
    public static String hostname(String node) {
        return "host-" + node;
    }

    /** A node joins, or comes back. */
    public void join(String node) {
        noteAbandoned();
        nodes.add(node);
        backSince.put(node, now.get());
        note.accept("node %s joins".formatted(node));
    }

    /** A node leaves. */
    public void leave(String node) {
        nodes.remove(node);
        Instant back = backSince.getOrDefault(node, Instant.MIN);
        if (back.isBefore(now.get().minus(NOTICED))) {
            awaySince.remove(node);
        }
        awaySince.putIfAbsent(node, now.get());
        note.accept("node %s leaves".formatted(node));
    }

    /** Passes on which nodes are away for too long by now. */
    void noteAbandoned() {
        awaySince.forEach((node, since) -> {
            if (!nodes.contains(node) && wasAbandoned(since)) {
                abandoned.accept(node);
            }
        });
    }

    private boolean wasAbandoned(Instant since) {
        return now.get().isAfter(since.plus(SimulatedOperator.NODE_GRACE));
    }
}
