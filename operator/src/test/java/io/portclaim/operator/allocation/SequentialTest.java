package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.ports.PortSet;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequentialTest {
    private static final PortStrategy STRATEGY = new Sequential();

    @ParameterizedTest(name = "free {0}, band {1}, last given {2}, {3} in a row: {4}")
    @CsvSource({
        "100-109, '', 0, 1, 100",
        "100-109, '', 99, 1, 100",
        "100-109, '', 100, 1, 101",
        "100-109, '', 109, 1, 100",
        "100-109, '', 65535, 1, 100",
        "'100,105', '', 101, 1, 105",
        "'100,105', '', 105, 1, 100",
        "100-109, '', 107, 3, 100",
        "100-109, '', 106, 3, 107",
        "'100-101,104-106', '', 0, 3, 104",
        "'100-101,104-106', '', 104, 3, 104",
        "100-109, 100-103, 0, 1, 104",
        "100-109, 100-103, 109, 1, 104",
        "100-103, 100-103, 0, 1, 100",
        "'100-103,105', 100-103, 105, 1, 105",
        "100-105, 100-103, 0, 4, 100",
        "102-105, 100-103, 0, 3, 102",
        "'0,65535', '', 0, 1, 65535",
    })
    void givesTheNextBlock(String free, String band, int cursor, int count, int expected) {
        assertThat(next(free, band, cursor, count)).hasValue(expected);
    }

    @ParameterizedTest
    @CsvSource({"'', '', 1", "'100,102,104', '', 2", "100-105, 100-103, 7"})
    void hasNoneWhereNoBlockIsLongEnough(String free, String band, int count) {
        assertThat(next(free, band, 0, count)).isEmpty();
    }

    @ParameterizedTest(name = "free {0}, band {1}, last given {2}, {3} in a row from a multiple of {4}: {5}")
    @CsvSource({
        "100-109, '', 0, 1, 7, 105",
        "101-109, '', 0, 2, 2, 102",
        "100-109, '', 100, 2, 4, 104",
        "100-109, '', 108, 2, 4, 100",
        "100-109, '', 104, 4, 4, 100",
        "'101-105,107-110', '', 0, 3, 4, 108",
        "'101,103,105-106', '', 0, 1, 2, 106",
        "100-109, 100-107, 0, 1, 8, 104",
        "61-65535, '', 0, 1, 64, 64",
        "65472-65535, '', 0, 64, 64, 65472",
    })
    void givesTheNextAlignedBlock(String free, String band, int cursor, int count, int alignment, int expected) {
        assertThat(STRATEGY.next(PortSet.parse(free).toBitSet(), PortSet.parse(band), cursor, count, alignment))
                .hasValue(expected);
    }

    @ParameterizedTest
    @CsvSource({"101-103, 2, 4", "'101,103', 1, 2", "65473-65535, 1, 64", "'', 1, 2"})
    void hasNoneWhereNoMultipleIsFree(String free, int count, int alignment) {
        assertThat(STRATEGY.next(PortSet.parse(free).toBitSet(), PortSet.EMPTY, 0, count, alignment))
                .isEmpty();
    }

    private static OptionalInt next(String free, String band, int cursor, int count) {
        return STRATEGY.next(PortSet.parse(free).toBitSet(), PortSet.parse(band), cursor, count, 1);
    }
}
