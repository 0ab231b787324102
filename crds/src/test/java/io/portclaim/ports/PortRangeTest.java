package io.portclaim.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortRangeTest {
    @ParameterizedTest
    @CsvSource({
        "32768-60999, 32768, 60999",
        "'32768\t60999\n', 32768, 60999",
        "1-65535, 1, 65535",
        "' 80 - 80 ', 80, 80"
    })
    void readsTwoEnds(String text, int first, int last) {
        assertThat(PortRange.parseTwoEnds(text)).isEqualTo(new PortRange(first, last));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "32768",
                "32768,60999",
                "60999-32768",
                "0-10",
                "1-65536",
                "1 2 3",
                "1--2",
                "-1-2",
                "1-2-3"
            })
    void refusesWhatIsNotTwoEnds(String text) {
        assertThatThrownBy(() -> PortRange.parseTwoEnds(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "\"%s\" is not a range: write two ends from 1 to 65535, the lower first, such as 32768-60999"
                                .formatted(text));
    }

    @Test
    void quotesWhatOthersWroteOnOneShortLine() {
        assertThat(Quoted.of("1\t2\n\u00a03\"\\")).isEqualTo("\"1\\t2\\n\\u{a0}3\\\"\\\\\"");
        assertThat(Quoted.of("x".repeat(61))).isEqualTo('"' + "x".repeat(60) + "…\"");
        assertThat(Quoted.of("x".repeat(60))).isEqualTo('"' + "x".repeat(60) + '"');
    }

    @ParameterizedTest
    @CsvSource({
        "21000, 21000, 21000, 21000",
        "21000-28999, 21000, 28999, 21000-28999",
        "' 21000 - 28999 ', 21000, 28999, 21000-28999",
        "0-65535, 0, 65535, 0-65535",
        "00080, 80, 80, 80",
        "5-5, 5, 5, 5"
    })
    void readsOnePortOrTwoEnds(String text, int first, int last, String shown) {
        PortRange range = PortRange.parse(text);

        assertThat(range).isEqualTo(new PortRange(first, last)).hasToString(shown);
        assertThat(range.size()).isEqualTo(last - first + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "http", "-1", "1-", "-", "1-2-3", "1,2", "1 2", "0x10", "123456", "٣"})
    void saysWhatToWriteInPlaceOfWhatIsNoRange(String text) {
        assertThatThrownBy(() -> PortRange.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'%s' is no port range: write one port (21000) or two ends (21000-28999)", text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"65536", "99999", "1-65536", "2-1"})
    void refusesNumbersThatAreNoPortsAndEndsThatAreSwapped(String text) {
        assertThatThrownBy(() -> PortRange.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write FIRST-LAST with 0 <= FIRST <= LAST <= 65535");
    }

    @Test
    void aNegativeFirstPortIsRefused() {
        assertThatThrownBy(() -> new PortRange(-1, 5)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"1, true", "65535, true", "0, false", "-1, false", "65536, false", ", false"})
    void aPortIsANumberThatSoftwareCanListenOn(@Nullable Integer number, boolean isPort) {
        assertThat(PortRange.isPort(number)).isEqualTo(isPort);
    }
}
