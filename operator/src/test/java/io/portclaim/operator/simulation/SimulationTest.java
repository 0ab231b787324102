package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random histories of the production code: no number is held or readable by two, none moves, and nothing leaks. */
class SimulationTest {
    private static final int HISTORIES = Integer.getInteger("portclaim.histories", 2_000);

    @BeforeAll
    static void logNothing() {
        Configurator.setLevel("io.portclaim", Level.OFF);
    }

    @AfterAll
    static void logAgain() {
        Configurator.reconfigure();
    }

    @Test
    void nothingIsDoubledMovedOrLost() {
        long first = Long.getLong("portclaim.seed", 0);
        for (long seed = first; seed < first + HISTORIES; seed++) {
            History history = new History(seed);
            assertThat(history.run())
                    .as(() -> "%s%n".formatted(String.join("\n", history.transcript())))
                    .isNull();
        }
    }
}
