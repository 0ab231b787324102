package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Histories that chance seldom brings: the promise is kept in each, and broken without the guard that it is about. */
@ExtendWith(LogsOff.class)
class ScriptedHistoryTest {
    private static final Map<String, Mutant> MUTANTS =
            Mutant.all().collect(Collectors.toMap(Mutant::name, Function.identity()));

    static List<ScriptFile> files() {
        return ScriptFile.all();
    }

    static Stream<Arguments> mutants() {
        return files().stream().flatMap(file -> file.finds().stream().map(mutant -> Arguments.of(file, mutant)));
    }

    @ParameterizedTest
    @MethodSource("files")
    void thePromiseIsKept(ScriptFile file) {
        ScriptedHistory history = new ScriptedHistory(file.text());
        String violation = history.run();
        assertThat(violation).as(String.join("\n", history.transcript())).isNull();
        assertThat(file.finds()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void itIsBrokenWithoutTheGuard(ScriptFile file, String name) throws ReflectiveOperationException {
        assertThat(MUTANTS).containsKey(name);
        Object violation = new MutatedClasses(MUTANTS.get(name).sources())
                .call(ScriptedHistory.class, String.class, file.text(), "run");
        assertThat(violation).asString().isNotEqualTo("null").doesNotStartWith(ScriptedHistory.UNEXPECTED);
    }

    @Test
    void everyCounterexampleOfTheModelIsPlayed() throws IOException {
        try (Stream<Path> files = Files.list(LocalCluster.repository().resolve("docs/model/counterexamples"))) {
            assertThat(files().stream().flatMap(file -> file.counterexamples().stream()))
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(file -> file.getFileName().toString().replace(".txt", ""))
                                    // ScriptedPodsTest plays those of scope Pod.
                                    .filter(name -> !name.startsWith("podscope-"))
                                    .toList());
        }
    }
}
