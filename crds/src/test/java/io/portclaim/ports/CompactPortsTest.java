package io.portclaim.ports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactPortsTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65535", "0-65535", "0,65535", "22,10248-10250,61000-61001", "1,3,5-6"})
    void hasThePortsThatItWasMadeOf(String text) {
        assertSame(PortSet.parse(text));
    }

    @Test
    void hasThePortsOfAnySet() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            BitSet bits = new BitSet();
            random.ints(random.nextInt(200), 0, 65536).forEach(first -> bits.set(first, first + random.nextInt(3)));
            bits.clear(65536, Math.max(65536, bits.length()));
            assertSame(PortSet.copyOf(bits));
        }
    }

    private static void assertSame(PortSet set) {
        CompactPorts ports = CompactPorts.of(set);
        BitSet into = new BitSet();
        ports.addTo(into);
        assertThat(PortSet.copyOf(into)).isEqualTo(set);
        assertThat(IntStream.rangeClosed(-1, 65536).filter(ports::contains).boxed())
                .containsExactlyElementsOf(set.toBitSet().stream().boxed().toList());
        assertThat(ports.isEmpty()).isEqualTo(set.isEmpty());
        assertThat(ports).hasToString(set.toString());
        assertThat(ports).isEqualTo(CompactPorts.of(PortSet.parse(set.toString())));
        assertThat(ports).hasSameHashCodeAs(CompactPorts.of(PortSet.parse(set.toString())));
    }

    @Test
    void setsWithOtherPortsAreOthers() {
        assertThat(CompactPorts.of(PortSet.parse("22"))).isNotEqualTo(CompactPorts.of(PortSet.parse("22-23")));
        assertThat(CompactPorts.EMPTY).isNotEqualTo("").isEqualTo(CompactPorts.of(PortSet.EMPTY));
    }

    @Test
    void addsToWhatIsThere() {
        BitSet into = PortSet.parse("1-2").toBitSet();
        CompactPorts.of(PortSet.parse("2-4")).addTo(into);
        assertThat(PortSet.copyOf(into)).isEqualTo(PortSet.parse("1-4"));
    }

    @Test
    void countsThoseThatAnotherSetHasToo() {
        CompactPorts ports = CompactPorts.of(PortSet.parse("0-2,5,100-200,65535"));
        assertThat(ports.countIn(PortSet.parse("2-100,200-300,65535").toBitSet()))
                .isEqualTo(5);
        assertThat(ports.countIn(new BitSet())).isZero();
        assertThat(CompactPorts.EMPTY.countIn(PortSet.parse("0-65535").toBitSet()))
                .isZero();
    }

    @Test
    void ofEqualSetsOneIsKept() {
        PortSets sets = new PortSets();
        PortSet first = PortSet.parse("32768-60999");
        assertThat(sets.unique(first)).isSameAs(first);
        assertThat(sets.unique(PortSet.parse("32768-60999"))).isSameAs(first);
        PortSet other = PortSet.parse("15000-60999");
        assertThat(sets.unique(other)).isSameAs(other);
    }
}
