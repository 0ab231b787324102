package io.portclaim.operator.simulation.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.simulation.LogsOff;
import io.portclaim.operator.simulation.Shrinker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random histories of pods with ports of their own: no number is doubled, none moves, and nothing leaks. A failing one is shrunk and
 * printed, and comes again with {@code -Dportclaim.seed=… -Dportclaim.histories=1}.
 */
@ExtendWith(LogsOff.class)
class PodSimulationTest {
    /** On platform threads, before Java 21, a history takes longer. */
    private static final int HISTORIES =
            Integer.getInteger("portclaim.histories", Runtime.version().feature() < 21 ? 500 : 3_000);

    private static final long FIRST = Long.getLong("portclaim.seed", 0);

    @Test
    void noPodsNumberIsDoubledMovedOrLost() {
        for (long seed = FIRST; seed < FIRST + HISTORIES; seed++) {
            long failing = seed;
            String wrong = new PodHistory(seed).run();
            assertThat(wrong)
                    .as(() -> "seed %d: %s".formatted(failing, new Shrinker(() -> new PodHistory(failing)).shrink()))
                    .isNull();
        }
    }

    @Test
    void oneSeedIsOneHistory() {
        for (long seed = 0; seed < 10; seed++) {
            PodHistory one = new PodHistory(seed);
            PodHistory again = new PodHistory(seed);
            assertThat(one.run()).isNull();
            assertThat(again.run()).isNull();
            assertThat(again.transcript()).isEqualTo(one.transcript()).hasSizeGreaterThan(5);
        }
    }
}
