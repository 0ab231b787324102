package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random histories of the production code: no number is held or readable by two, none moves, and nothing leaks. A failing one
 * is shrunk and printed, and comes again with {@code -Dportclaim.seed=… -Dportclaim.histories=1}.
 */
@ExtendWith(LogsOff.class)
class SimulationTest {
    /** On platform threads, before Java 21, a history takes longer. */
    private static final int HISTORIES =
            Integer.getInteger("portclaim.histories", Runtime.version().feature() < 21 ? 1_000 : 20_000);

    private static final long FIRST = Long.getLong("portclaim.seed", 0);

    @Test
    void nothingIsDoubledMovedOrLost() throws Exception {
        assertThat(Histories.play(History::new, FIRST, HISTORIES)).isEmpty();
    }
}
