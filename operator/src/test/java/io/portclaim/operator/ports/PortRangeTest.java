package io.portclaim.operator.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PortRangeTest {
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
}
