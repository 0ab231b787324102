package io.portclaim.operator.simulation.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portclaim.operator.simulation.LogsOff;
import io.portclaim.operator.simulation.Mutant;
import io.portclaim.operator.simulation.MutatedClasses;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulation of pods bites: with a guard taken out, a history is found that breaks the promise. */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "the same histories on platform threads would take long")
@ExtendWith(LogsOff.class)
class PodMutationTest {
    private static final int SEARCH = Integer.getInteger("portclaim.mutants.search", 0);

    static Stream<Mutant> mutants() {
        return PodMutants.all().filter(mutant -> SEARCH > 0 || mutant.seed() != Mutant.NOT_FOUND);
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aGuardThatIsTakenOutIsMissed(Mutant mutant) throws ReflectiveOperationException {
        long seed = SEARCH == 0 ? mutant.seed() : 0;
        long end = SEARCH == 0 ? seed + 1 : SEARCH;
        MutatedClasses classes = new MutatedClasses(mutant.sources());
        String found = null;
        while (found == null && seed < end) {
            found = (String) classes.call(PodHistory.class, long.class, seed++, "run");
        }
        if (SEARCH > 0) {
            System.out.printf("%s: seed %d: %s%n", mutant.name(), seed - 1, found);
        }
        assertThat(found).as(mutant.name()).isNotNull();
    }

    /** Else it is not known whether a guard is of use, or why nothing misses it. */
    @Test
    void everyMutantIsFoundOrHasAReason() {
        assumeThat(SEARCH).isZero();
        assertThat(PodMutants.all()
                        .filter(mutant -> mutant.seed() == Mutant.NOT_FOUND)
                        .map(Mutant::name))
                .containsExactlyInAnyOrderElementsOf(PodMutants.NOT_FOUND.keySet());
        // Each mutant can still be made.
        assertThat(PodMutants.all())
                .allSatisfy(mutant -> assertThat(mutant.sources()).isNotEmpty());
    }
}
