package io.portclaim.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortSetTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "' , ,', '', 0",
        "'8080', '8080', 1",
        "'3,1,2', '1-3', 3",
        "'5-9, 7-12,13', '5-13', 9",
        "'0,65535', '0,65535', 2",
        "'0-65535', '0-65535', 65536"
    })
    void readsACommaListAndWritesTheFewestRanges(String text, String shown, int size) {
        PortSet set = PortSet.parse(text);

        assertThat(set).hasToString(shown).isEqualTo(PortSet.parse(set.toString()));
        assertThat(set.size()).isEqualTo(size);
        assertThat(set.isEmpty()).isEqualTo(size == 0);
    }

    @Test
    void oneBadItemSpoilsTheList() {
        assertThatThrownBy(() -> PortSet.parse("1,x,3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'x' is no port range");
    }

    @Test
    void combinesSets() {
        PortSet one = PortSet.parse("1-5,10");
        PortSet other = PortSet.parse("4-10");

        assertThat(one.union(other)).hasToString("1-10");
        assertThat(one.minus(other)).hasToString("1-3");
        assertThat(one.intersection(other)).hasToString("4-5,10");
        assertThat(one.intersects(other)).isTrue();
        assertThat(one.intersects(PortSet.parse("6-9"))).isFalse();
        assertThat(one).hasToString("1-5,10");
        assertThat(other).hasToString("4-10");
    }

    @ParameterizedTest
    @CsvSource({"-3, ''", "0, ''", "1, '7'", "3, '7-8,20'", "4, '7-8,20-21'", "99, '7-8,20-22'"})
    void takesTheLowest(int count, String expected) {
        assertThat(PortSet.parse("7-8,20-22").lowest(count)).hasToString(expected);
    }

    @Test
    void knowsItsMembers() {
        PortSet set = PortSet.parse("0,7-8");

        assertThat(List.of(-1, 0, 1, 6, 7, 8, 9, 65535, 70000))
                .filteredOn(set::contains)
                .containsExactly(0, 7, 8);
        assertThat(set.ranges()).containsExactly(new PortRange(0, 0), new PortRange(7, 8));
    }

    @Test
    void isNotChangedThroughWhatWentInOrCameOut() {
        BitSet in = new BitSet();
        in.set(5);
        PortSet set = PortSet.copyOf(in);
        in.set(6);
        set.toBitSet().set(7);

        assertThat(set).hasToString("5").isEqualTo(PortSet.of(new PortRange(5, 5)));
        assertThat(set)
                .hasSameHashCodeAs(PortSet.parse("5"))
                .isNotEqualTo(PortSet.EMPTY)
                .isNotEqualTo(new Object());
    }

    @Test
    void aTransportTakesANumberInItsPortSpaces() {
        assertThat(Protocol.of(TransportProtocol.TCP)).containsExactly(Protocol.TCP);
        assertThat(Protocol.of(TransportProtocol.UDP)).containsExactly(Protocol.UDP);
        assertThat(Protocol.of(TransportProtocol.SCTP)).containsExactly(Protocol.SCTP);
        assertThat(Protocol.of(TransportProtocol.TCPUDP)).containsExactly(Protocol.TCP, Protocol.UDP);
        assertThat(List.of(Protocol.values())).extracting(Protocol::number).containsExactly(6, 17, 132);
    }
}
