package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random histories in which lists come in pages, and backups are restored or etcd is set back. */
@ExtendWith(LogsOff.class)
class RestoreSimulationTest {
    /** On platform threads, before Java 21, a history takes longer. */
    private static final int HISTORIES =
            Integer.getInteger("portclaim.histories", Runtime.version().feature() < 21 ? 500 : 5_000);

    private static final long FIRST = Long.getLong("portclaim.seed", 0);

    @Test
    void nothingIsDoubledMovedOrLost() throws Exception {
        assertThat(Histories.play(RestoreHistory::new, FIRST, HISTORIES)).isEmpty();
    }

    static Stream<Mutant> mutants() {
        return MutantSearch.rows(RestoreMutants.ALL.stream());
    }

    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "the same histories on platform threads would take long")
    @ParameterizedTest
    @MethodSource("mutants")
    void aGuardThatIsTakenOutIsMissed(Mutant mutant) throws ReflectiveOperationException {
        MutantSearch.find(mutant, RestoreHistory.class);
    }

    /** Else the guard that a history misses could be another one. */
    @Test
    void oneSeedIsOneHistory() {
        assumeThat(MutantSearch.isOn()).isFalse();
        for (long seed = 0; seed < 10; seed++) {
            RestoreHistory one = new RestoreHistory(seed);
            RestoreHistory again = new RestoreHistory(seed);
            assertThat(one.run()).isNull();
            assertThat(again.run()).isNull();
            assertThat(again.transcript()).isEqualTo(one.transcript()).hasSizeGreaterThan(5);
        }
    }
}
