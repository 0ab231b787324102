package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portclaim.operator.GeneratedPage;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulation bites: with a guard taken out, a history is found that breaks the promise. */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "the same histories on platform threads would take long")
@ExtendWith(LogsOff.class)
class MutationTest {

    private static final Pattern GUARD =
            Pattern.compile("^\\| ([a-zA-Z][^|]*) \\| [^|]* \\| [0-9 a-z]+ \\|$", Pattern.MULTILINE);

    static Stream<Mutant> mutants() {
        return MutantSearch.rows(Mutant.all());
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aGuardThatIsTakenOutIsMissed(Mutant mutant) throws ReflectiveOperationException {
        MutantSearch.find(mutant, History.class);
    }

    /** A person can read what is left of a history that breaks the promise. */
    @Test
    void whatAHistoryDoesNotNeedIsLeftOut() throws ReflectiveOperationException {
        Mutant mutant = Mutants.ALL.stream()
                .filter(any -> any.name().equals("list before the fence"))
                .findAny()
                .orElseThrow();
        String shrunk =
                (String) new MutatedClasses(mutant.sources()).call(Shrinker.class, long.class, mutant.seed(), "shrink");
        Matcher size = Pattern.compile("\\((\\d+) of (\\d+) lines").matcher(shrunk);
        assertThat(size.find()).as(shrunk).isTrue();
        assertThat(shrunk).doesNotStartWith("null");
        assertThat(Integer.parseInt(size.group(1)))
                .as(shrunk)
                .isLessThan(Integer.parseInt(size.group(2)) / 2)
                .isLessThan(40);
        assertThat(new Shrinker(mutant.seed()).shrink()).startsWith("null");
    }

    /** Else the guard that a history misses could be another one. */
    @Test
    void oneSeedIsOneHistory() {
        for (long seed = 0; seed < 10; seed++) {
            History one = new History(seed);
            History again = new History(seed);
            assertThat(one.run()).isNull();
            assertThat(again.run()).isNull();
            assertThat(again.transcript()).isEqualTo(one.transcript()).hasSizeGreaterThan(5);
        }
    }

    @Test
    void everyGuardOfTheProtocolHasARow() {
        List<String> guards = GUARD.matcher(Pages.text(LocalCluster.repository().resolve("docs/protocol.md")))
                .results()
                .map(found -> found.group(1))
                .filter(guard -> !guard.equals("guard"))
                .toList();
        Set<String> names = Mutants.ALL.stream().map(Mutant::name).collect(Collectors.toSet());
        assertThat(guards).hasSizeGreaterThan(10).containsExactlyInAnyOrderElementsOf(ProtocolGuards.ALL.keySet());
        assertThat(names)
                .containsAll(ProtocolGuards.ALL.values().stream()
                        .flatMap(List::stream)
                        .toList());
    }

    /** By chance, by a written history, or together with the guard that stands behind it. */
    @Test
    void everyMutantIsFound() {
        assumeThat(MutantSearch.isOn()).isFalse();
        Set<String> found = Stream.concat(
                        mutants().map(Mutant::name), ScriptFile.all().stream().flatMap(file -> file.finds().stream()))
                .collect(Collectors.toSet());
        assertThat(Mutant.all().map(Mutant::name))
                .allSatisfy(name ->
                        assertThat(found).anyMatch(other -> other.equals(name) || other.startsWith(name + ", ")));
    }

    @Test
    void thePageHasTheTable() {
        assumeThat(MutantSearch.isOn()).isFalse();
        GeneratedPage.check("simulation.md", SimulationPage.text(), MutationTest.class);
    }
}
