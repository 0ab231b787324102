package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HolderRunsTest {
    private static final int LAST_PORT = 65_535;

    private final HolderRuns runs = new HolderRuns();

    /** Random changes near both ends of the port space, each compared with a plain array. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void answersAsAPlainArrayDoes(long seed) {
        Random random = new Random(seed);
        int[] ports = IntStream.concat(IntStream.range(1, 61), IntStream.rangeClosed(LAST_PORT - 60, LAST_PORT))
                .toArray();
        int[] expected = new int[ports.length];
        Arrays.fill(expected, HolderRuns.NONE);
        for (int step = 0; step < 20_000; step++) {
            int at = random.nextInt(ports.length);
            if (expected[at] == HolderRuns.NONE) {
                expected[at] = random.nextInt(10) == 0 ? Integer.MAX_VALUE : random.nextInt(2);
                runs.set(ports[at], expected[at]);
            } else {
                expected[at] = HolderRuns.NONE;
                runs.clear(ports[at]);
            }
            assertThat(IntStream.of(ports).map(runs::get).toArray())
                    .as("seed %d, step %d, port %d", seed, step, ports[at])
                    .isEqualTo(expected);
        }
        for (int at = 0; at < ports.length; at++) {
            if (expected[at] != HolderRuns.NONE) {
                assertThat(runs.isEmpty()).isFalse();
                runs.clear(ports[at]);
            }
        }
        assertThat(runs.isEmpty()).isTrue();
    }

    @Test
    void aBlockTakesOneRunAndNothingIsKeptOfWhatWasFreed() {
        for (int port = 1; port <= LAST_PORT; port++) {
            runs.set(port, 7);
        }
        assertThat(runs.bytes()).isLessThanOrEqualTo(16);
        for (int port = 1; port <= LAST_PORT; port += 2) {
            runs.clear(port);
        }
        assertThat(runs.bytes()).isBetween(8 * LAST_PORT / 2, 10 * LAST_PORT / 2 + 16);
        for (int port = 2; port <= LAST_PORT; port += 2) {
            runs.clear(port);
        }
        assertThat(runs.isEmpty()).isTrue();
        assertThat(runs.bytes()).isLessThanOrEqualTo(16);
    }

    @Test
    void aHeldPortIsNotSetAndAFreeOneNotCleared() {
        runs.set(100, 1);

        assertThatThrownBy(() -> runs.set(100, 2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> runs.clear(99)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> runs.clear(101)).isInstanceOf(IllegalStateException.class);
        assertThat(runs.get(100)).isEqualTo(1);
    }
}
