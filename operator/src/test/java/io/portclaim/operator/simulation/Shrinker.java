package io.portclaim.operator.simulation;

import io.portclaim.operator.simulation.Baton.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out what a history that breaks the promise does not need, so that a person can read it (Zeller and Hildebrandt, Simplifying and
 * Isolating Failure-Inducing Input, 2002).
 */
public final class Shrinker {
    private static final int MOST_ATTEMPTS = 4_000;

    private final Supplier<Play> history;
    private List<Step> steps = List.of();
    private List<String> transcript = List.of();
    private @Nullable String violation;
    private int attempts;

    /** {@code seed} is that of a history that breaks the promise. */
    Shrinker(long seed) {
        this(() -> new History(seed));
    }

    /** {@code history} makes one that breaks the promise. */
    public Shrinker(Supplier<Play> history) {
        this.history = history;
    }

    /** What is wrong, and the shortest way there that was found; for one that keeps the promise only what happened. */
    public String shrink() {
        Play whole = history.get();
        violation = whole.run();
        transcript = whole.transcript();
        steps = whole.steps();
        int before = transcript.size();
        if (violation != null) {
            for (int length = Math.max(1, steps.size() / 2); length > 0; length /= 2) {
                while (leaveOut(length)) {
                    // What could not go before may go now.
                }
            }
        }
        return "%s%n(%d of %d lines are left)%n%s"
                .formatted(violation, transcript.size(), before, String.join("\n", transcript));
    }

    /** Tries to leave out each {@code length} steps; false when all are needed. */
    private boolean leaveOut(int length) {
        boolean leftOut = false;
        int from = steps.size() - length;
        while (from >= 0 && attempts++ < MOST_ATTEMPTS) {
            List<Step> fewer = new ArrayList<>(steps.subList(0, from));
            fewer.addAll(steps.subList(Math.min(steps.size(), from + length), steps.size()));
            leftOut |= stillFails(fewer);
            from = Math.min(from - length, steps.size() - length);
        }
        return leftOut && attempts < MOST_ATTEMPTS;
    }

    private boolean stillFails(List<Step> fewer) {
        Play shorter = history.get();
        String wrong = shorter.replay(fewer);
        if (wrong == null || shorter.steps().size() >= steps.size()) {
            return false;
        }
        violation = wrong;
        transcript = shorter.transcript();
        steps = shorter.steps();
        return true;
    }
}
