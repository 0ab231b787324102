package io.portclaim.operator.simulation;

import java.util.stream.Collectors;

/** docs/simulation.md, written from the mutants. */
final class SimulationPage {
    private SimulationPage() {}

    static String text() {
        return """
                # The simulation

                The promise of [the protocol](protocol.md) is tested where it is kept. Each unit test run plays thousands of random
                histories with the production code: the rooms `protocol`, `allocation`, `publish` and `codec`, and from `claim`,
                `pool` and `node` all that decides. Only the API server, the watches, users, pods and time are simulated.

                - Each operator runs on several threads of which one runs at a time. Every call and every wait lets another go on, by a
                  random choice, so one seed is one history, on every machine.
                - A call may get lost, be carried out without an answer, late or twice, or fail; the process may stand still for seconds
                  before it, or die before or after it. A leader that stood still goes on as if nothing had been. Watches are late, skip
                  what was between, and report a claim that was made again as one that was changed.
                - Users create, edit, delete and make claims again, delete and edit ConfigMaps, and set a policy that refuses ConfigMaps. A
                  node leaves and comes back. Pods read a ConfigMap as it is or was up to a second ago, and keep the numbers.
                - After each step it is checked, by code that shares nothing with the allocation, that no number is held or readable (in
                  a status, a ConfigMap of the operator, the environment of a live pod) by claims of two names, and that no published
                  number moves. At the end everything is deleted, and then a claim must be given the whole pool.

                ```sh
                mvn test -pl operator -am -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dportclaim.seed=0 -Dportclaim.histories=100000
                ```

                plays more of them. A history that breaks the promise is printed step by step, with its seed.

                ## It bites

                Each row is the production code with one guard taken out, compiled for the test only. The number is the first history that
                breaks the promise, of %,d; the build plays that one.
                `-Dtest=MutationTest -Dportclaim.mutants.search=%d` searches anew.

                | what is taken out | found by history |
                |---|---|
                %s

                A guard that is "not found" was needed by none of these histories: another guard stands behind it, or they do not get where
                it matters.
                """.formatted(Mutants.SEARCHED, Mutants.SEARCHED, rows());
    }

    private static String rows() {
        return Mutants.ALL.stream()
                .map(mutant -> "| %s | %s |"
                        .formatted(
                                mutant.name(),
                                mutant.seed() == Mutant.NOT_FOUND ? "not found" : String.valueOf(mutant.seed())))
                .collect(Collectors.joining("\n"));
    }
}
