/**
 * Scope Pod, run as it is on a simulated API server of pods, with a scheduler, kubelets, users and claims that compete for the same
 * numbers. One seed is one history.
 *
 * <p>{@code mvn test -Dtest=PodSimulationTest -Dportclaim.seed=S -Dportclaim.histories=N} runs the histories S to S+N-1 and prints
 * the first that breaks the promise. {@code -Dtest=PodMutationTest} plays the histories that find each guard that is taken out; with
 * {@code -Dportclaim.mutants.search=N} it searches for the first of N that does.
 * {@code -Dtest=ScriptedPodsTest} plays those that a person has written.
 */
@NullMarked
package io.portclaim.operator.simulation.pods;

import org.jspecify.annotations.NullMarked;
