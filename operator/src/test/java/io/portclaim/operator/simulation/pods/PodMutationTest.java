package io.portclaim.operator.simulation.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portclaim.operator.simulation.LogsOff;
import io.portclaim.operator.simulation.Mutant;
import io.portclaim.operator.simulation.MutantSearch;
import io.portclaim.operator.simulation.MutatedClasses;
import io.portclaim.operator.simulation.ScriptFile;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulation of pods bites: with a guard taken out, a history is found that breaks the promise. */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "the same histories on platform threads would take long")
@ExtendWith(LogsOff.class)
class PodMutationTest {

    static Stream<Mutant> mutants() {
        return MutantSearch.rows(PodMutants.all());
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aGuardThatIsTakenOutIsMissed(Mutant mutant) throws ReflectiveOperationException {
        MutantSearch.find(mutant, PodHistory.class);
    }

    @ParameterizedTest
    @MethodSource("unitTests")
    void aUnitTestMissesIt(String name, PodMutants.UnitTest test) throws ReflectiveOperationException {
        Mutant mutant = PodMutants.all()
                .filter(any -> any.name().equals(name))
                .findAny()
                .orElseThrow();
        MutatedClasses classes = new MutatedClasses(mutant.sources());
        assertThatThrownBy(() -> classes.callTest("io.portclaim.operator." + test.type(), test.method()))
                .hasCauseInstanceOf(AssertionError.class);
    }

    static Stream<Arguments> unitTests() {
        return PodMutants.UNIT_TESTS.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    /** By chance, by a written history, by a unit test, or together with the guard that stands behind it. */
    @Test
    void everyMutantIsFound() {
        assumeThat(MutantSearch.isOn()).isFalse();
        Set<String> found = Stream.of(
                        mutants().map(Mutant::name),
                        ScriptFile.ofPods().stream().flatMap(file -> file.finds().stream()),
                        PodMutants.UNIT_TESTS.keySet().stream())
                .flatMap(names -> names)
                .collect(Collectors.toSet());
        assertThat(PodMutants.all().map(Mutant::name))
                .allSatisfy(name ->
                        assertThat(found).anyMatch(other -> other.equals(name) || other.startsWith(name + ", ")));
        // Each mutant can still be made.
        assertThat(PodMutants.all())
                .allSatisfy(mutant -> assertThat(mutant.sources()).isNotEmpty());
    }

    @Test
    void everyBrokenVariantOfTheModelHasARow() throws IOException {
        Set<String> names = PodMutants.OF_MODEL.stream().map(Mutant::name).collect(Collectors.toSet());
        try (Stream<Path> files = Files.list(LocalCluster.repository().resolve("docs/model"))) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.startsWith(PodVariants.BROKEN))
                            .map(name -> name.replace(".cfg", "")))
                    .hasSize(20)
                    .containsExactlyInAnyOrderElementsOf(PodVariants.ALL.keySet());
        }
        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        PodVariants.ALL.values().stream().flatMap(List::stream).toList());
    }
}
