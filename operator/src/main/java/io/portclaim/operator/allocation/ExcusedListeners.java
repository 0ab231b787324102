package io.portclaim.operator.allocation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Listeners that were an ended pod's, and are in the last report of its node still: an agent scans now and then, and reports a
 * listener for a while after its end, so that a restart is no change. The slot of each is kept from others by the pod's release
 * for as long as it is excused.
 *
 * <p>Not thread-safe: {@link Listeners} guards it.
 */
final class ExcusedListeners {
    /**
     * After this time a report that still has the listener counts: the agent reports one for 10 s after it has seen it gone
     * ({@code Lingering.MILLIS} there), and the rest is for its scan, which comes every 2 s on most nodes, and for the write.
     */
    static final Duration STALE = Duration.ofSeconds(15);

    private final Clock clock;
    private final Consumer<Slot> changed;
    private final Map<String, Map<Slot, Excuse>> byNode = new HashMap<>();

    /**
     * Until when one is excused.
     *
     * @param stale from when on a report that has it ends the excuse
     * @param over when it ends in any case
     */
    private record Excuse(Instant stale, Instant over) {}

    /** None yet; {@code changed} is called with each slot that is excused from now on, and that is no longer. */
    ExcusedListeners(Clock clock, Consumer<Slot> changed) {
        this.clock = clock;
        this.changed = changed;
    }

    /** Excuses the listener on {@code slot}, which is in the report of its node, until {@code over} at the latest. */
    void add(Slot slot, Instant over) {
        Instant now = clock.instant();
        byNode.computeIfAbsent(slot.place(), node -> new HashMap<>()).put(slot, new Excuse(now.plus(STALE), over));
        changed.accept(slot);
    }

    /** Whether the listener on {@code slot} is excused now. */
    boolean has(Slot slot) {
        Excuse excuse = byNode.getOrDefault(slot.place(), Map.of()).get(slot);
        return excuse != null && clock.instant().isBefore(excuse.over);
    }

    /** The slots of {@code node} on which one is excused now. */
    Set<Slot> on(String node) {
        Map<Slot, Excuse> excuses = byNode.getOrDefault(node, Map.of());
        return excuses.isEmpty()
                ? Set.of()
                : excuses.keySet().stream().filter(this::has).collect(Collectors.toSet());
    }

    /** Takes a report of {@code node}, which has the slots that are {@code listenedOn}. */
    void reported(String node, Predicate<Slot> listenedOn) {
        Instant now = clock.instant();
        endIf(node, (slot, excuse) -> !listenedOn.test(slot) || !now.isBefore(excuse.stale));
    }

    /** Excuses the listener on {@code slot} no longer. */
    void end(Slot slot) {
        endIf(slot.place(), (other, excuse) -> other.equals(slot));
    }

    /** Excuses no listener of {@code node} any longer. */
    void end(String node) {
        endIf(node, (slot, excuse) -> true);
    }

    /** Forgets those whose time is over. */
    void advance() {
        Instant now = clock.instant();
        List.copyOf(byNode.keySet()).forEach(node -> endIf(node, (slot, excuse) -> !now.isBefore(excuse.over)));
    }

    private void endIf(String node, BiPredicate<Slot, Excuse> isOver) {
        byNode.computeIfPresent(node, (key, excuses) -> {
            excuses.entrySet().removeIf(excuse -> {
                boolean ends = isOver.test(excuse.getKey(), excuse.getValue());
                if (ends) {
                    changed.accept(excuse.getKey());
                }
                return ends;
            });
            return excuses.isEmpty() ? null : excuses;
        });
    }

    int size() {
        return byNode.values().stream().mapToInt(Map::size).sum();
    }
}
