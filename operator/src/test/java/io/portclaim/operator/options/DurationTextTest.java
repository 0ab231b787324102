package io.portclaim.operator.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
    @ParameterizedTest
    @CsvSource({
        "0s, 0, 0s",
        "500ms, 500, 500ms",
        "65s, 65000, 65s",
        "10m, 600000, 10m",
        "1h30m, 5400000, 90m",
        "2h, 7200000, 2h",
        "15500ms, 15500, 15500ms"
    })
    void readsAndWrites(String text, long millis, String written) {
        Duration duration = DurationText.parse(text);

        assertThat(duration).hasMillis(millis);
        assertThat(DurationText.format(duration)).isEqualTo(written);
        assertThat(DurationText.parse(written)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-5s", "5 s", "5d", "1.5h", "PT5S", "5s,"})
    void refusesTheRest(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse(text));
    }
}
