/**
 * The protocol, run as it is on a simulated API server: threads of which one runs at a time, calls that get lost, come late or
 * twice, and operators that die or believe to lead. One seed is one history.
 *
 * <p>{@code mvn test -Dtest=SimulationTest -Dportclaim.seed=S -Dportclaim.histories=N} runs the histories S to S+N-1 and prints
 * the first that breaks the promise. {@code -Dtest=MutationTest} takes one guard out of the production code at a time, in a copy
 * that it compiles, and runs the history that is known to find it; with {@code -Dportclaim.mutants.search=N} it searches for
 * the first of N that does.
 */
package io.portclaim.operator.simulation;
