package io.portclaim.operator.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Named checks and what they find. Immutable; thread-safe as far as its checks are.
 *
 * @param state a word on the whole, shown whether or not there is a problem
 * @param checks all of which must find nothing
 */
public record Health(Supplier<String> state, List<Check> checks) {
    /** Copies the checks. */
    public Health {
        checks = List.copyOf(checks);
    }

    /** Asks every check. One that throws is a problem too, and keeps no other from being asked. */
    public Report report() {
        List<String> problems = new ArrayList<>();
        for (Check check : checks) {
            problem(check).ifPresent(problem -> problems.add(check.name() + ": " + problem));
        }
        return new Report(problems, state.get());
    }

    private static Optional<String> problem(Check check) {
        try {
            return check.probe().problem();
        } catch (RuntimeException e) {
            return Optional.of("the check itself failed: " + e);
        }
    }

    /**
     * A check.
     *
     * @param name a word
     * @param probe what it asks
     */
    public record Check(String name, Probe probe) {}

    /** Something that can be wrong. Asked by several threads, every few seconds; it must not block. */
    @FunctionalInterface
    public interface Probe {
        /** What is wrong, for a person; empty if nothing is. */
        Optional<String> problem();
    }

    /**
     * What was found.
     *
     * @param problems one per check that found something
     * @param state a word on the whole
     */
    public record Report(List<String> problems, String state) {
        /** Copies the problems. */
        public Report {
            problems = List.copyOf(problems);
        }

        /** Whether nothing was found. */
        public boolean ok() {
            return problems.isEmpty();
        }

        /** Lines for a person: the problems, or ok, and the state. */
        public String text() {
            return (ok() ? "ok" : String.join("\n", problems)) + "\n" + state + "\n";
        }
    }
}
