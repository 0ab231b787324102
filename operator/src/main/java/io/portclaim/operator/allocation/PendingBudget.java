package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much the decisions that wait to be published may take of the ledger, and how that is shared. A ledger that can't be
 * written could not be emptied either, so what is more waits; and a namespace whose ConfigMaps can't be written must not
 * keep the ledger from the others.
 *
 * <p>Weights are bytes of the ledger before it is packed, as an upper bound. The rules, in this order:
 *
 * <ul>
 *   <li>Where nothing waits, everything is let in: how large a claim may be is bounded where it is admitted.
 *   <li>A namespace may have a quarter of what is still free after it. One that fills its share has a fifth of the whole,
 *       and n that fill theirs one after the other leave (4/5)^n of it, a fifth of which the next one may have.
 *   <li>A claim too large for that is let in when nothing else of its namespace waits, up to three quarters of the whole;
 *       the last quarter is kept for shares. Beside two namespaces that have filled their shares there is room for the
 *       largest claim, which counts as {@link #LARGEST}.
 *   <li>Such a claim in a busy namespace would never find it quiet. So for {@link #TURN} after it was refused, that
 *       namespace decides nothing else. The next such turn begins when the claim is tried again after it, so that the
 *       other claims go on in between though the large one can't be let in.
 * </ul>
 *
 * <p>Who was refused is {@linkplain #takeFitting tried again} when there is room, and no more of them than there is room for: a
 * namespace may have thousands.
 *
 * <p>Not thread-safe.
 */
final class PendingBudget {
    /**
     * About 75 kB when packed where names are ordinary, and at most 400 kB: beside names of 253 random characters, a claim
     * that has other numbers on each of 500 nodes and is edited to others again. The ledger refuses 500 kB.
     */
    static final int WHOLE = 300_000;
    /** What one decision counts at most. The few that are larger have other numbers on each of hundreds of nodes. */
    static final int LARGEST = WHOLE * 3 / 8;

    private static final int FOR_LARGE = WHOLE * 3 / 4;
    /** Longer than the longest pause before a claim is tried again. */
    static final Duration TURN = Duration.ofSeconds(45);

    private final EntrySize entrySize;
    private final Map<String, Integer> byUid = new HashMap<>();
    private final Map<String, Integer> byNamespace = new HashMap<>();
    private final Map<String, Turn> turns = new HashMap<>();
    /** By namespace and UID those that were refused, the longest-waiting first. */
    private final Map<String, Map<String, Waiting>> waiting = new LinkedHashMap<>();

    private int total;

    /** A budget in which a decision weighs what {@code entrySize} says, at most {@link #LARGEST}. */
    PendingBudget(EntrySize entrySize) {
        this.entrySize = entrySize;
    }

    /** A large claim that is to be the next of its namespace. */
    private record Turn(String uid, Instant until) {}

    /** One that was refused. */
    private record Waiting(ClaimKey key, int weight) {}

    /** What all decisions that wait count together. */
    int total() {
        return total;
    }

    /** Counts the decision of {@code allocation}, if it has one that waits. */
    void add(ClaimAllocation allocation) {
        if (allocation.pending() == null) {
            return;
        }
        int weight = weight(allocation);
        byUid.put(allocation.uid(), weight);
        byNamespace.merge(namespace(allocation), weight, Integer::sum);
        total += weight;
    }

    /** Counts the decision of {@code allocation} no more, if there is one. */
    void remove(ClaimAllocation allocation) {
        Integer weight = byUid.remove(allocation.uid());
        if (weight != null) {
            byNamespace.computeIfPresent(
                    namespace(allocation), (name, sum) -> sum.equals(weight) ? null : Integer.valueOf(sum - weight));
            total -= weight;
        }
    }

    /**
     * Checks that {@code decided} can wait to be published too.
     *
     * @throws IllegalStateException if it has to wait until others are published
     */
    void requireRoomFor(ClaimAllocation decided, Instant now) {
        String namespace = namespace(decided);
        int weight = weight(decided);
        // Until it turns out to have room.
        waiting.computeIfAbsent(namespace, name -> new LinkedHashMap<>())
                .put(decided.uid(), new Waiting(decided.key(), weight));
        letIn(decided, namespace, weight, now);
        waiting.computeIfPresent(namespace, (name, refused) -> {
            refused.remove(decided.uid());
            return refused.isEmpty() ? null : refused;
        });
    }

    private void letIn(ClaimAllocation decided, String namespace, int weight, Instant now) {
        @Nullable Turn turn = turn(namespace, now);
        int own = byNamespace.getOrDefault(namespace, 0);
        boolean isOwnTurn = turn != null && turn.uid.equals(decided.uid());
        if (fits(own, total, weight)) {
            if (turn != null && !isOwnTurn) {
                throw new IllegalStateException(
                        "a large claim of namespace %s is decided next; other claims of the namespace are decided after it"
                                .formatted(namespace));
            }
            turns.remove(namespace);
            return;
        }
        int others = total - own;
        if (turn == null && !isShare(0, others, weight) && isRoomForLarge(others, weight)) {
            turns.values().removeIf(other -> !other.until.isAfter(now));
            turns.put(namespace, new Turn(decided.uid(), now.plus(TURN)));
        }
        throw new IllegalStateException(
                "too many decisions wait to be published, %d of %d bytes; namespace %s has %d and %s; the claim is tried again when some are published"
                        .formatted(total, WHOLE, namespace, own, most()));
    }

    /**
     * Those that were refused and have room now, for all of which together there is room; each is named once. They may be refused
     * again.
     */
    List<ClaimKey> takeFitting(Instant now) {
        List<ClaimKey> fitting = new ArrayList<>();
        int all = total;
        for (Map.Entry<String, Map<String, Waiting>> ofNamespace : waiting.entrySet()) {
            @Nullable Turn turn = turn(ofNamespace.getKey(), now);
            int own = byNamespace.getOrDefault(ofNamespace.getKey(), 0);
            Iterator<Map.Entry<String, Waiting>> refused =
                    ofNamespace.getValue().entrySet().iterator();
            while (refused.hasNext()) {
                Map.Entry<String, Waiting> next = refused.next();
                int weight = next.getValue().weight;
                if ((turn == null || turn.uid.equals(next.getKey())) && fits(own, all, weight)) {
                    fitting.add(next.getValue().key);
                    refused.remove();
                    own += weight;
                    all += weight;
                }
            }
        }
        waiting.values().removeIf(Map::isEmpty);
        return fitting;
    }

    /** One that is gone waits no more. */
    void forget(String uid) {
        waiting.values().forEach(refused -> refused.remove(uid));
        waiting.values().removeIf(Map::isEmpty);
    }

    private @Nullable Turn turn(String namespace, Instant now) {
        return turns.computeIfPresent(namespace, (name, turn) -> turn.until.isAfter(now) ? turn : null);
    }

    private static boolean fits(int own, int total, int weight) {
        return total == 0 || isShare(own, total, weight) || (own == 0 && isRoomForLarge(total, weight));
    }

    private static boolean isShare(int own, int total, int weight) {
        return 4 * (own + weight) <= WHOLE - total - weight;
    }

    private static boolean isRoomForLarge(int others, int weight) {
        return others + weight <= FOR_LARGE;
    }

    private String most() {
        return byNamespace.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> "namespace %s has the most, %d".formatted(most.getKey(), most.getValue()))
                .orElse("no namespace has any");
    }

    private static String namespace(ClaimAllocation allocation) {
        return allocation.key().namespace();
    }

    private int weight(ClaimAllocation allocation) {
        return Math.min(LARGEST, entrySize.of(allocation));
    }
}
