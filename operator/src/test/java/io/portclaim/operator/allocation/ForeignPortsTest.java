package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForeignPortsTest {
    private static final ForeignPorts.Owner POD = new ForeignPorts.Owner("Pod", "shop", "web-0");
    private static final ForeignPorts.Owner SERVICE = new ForeignPorts.Owner("Service", "shop", "web");

    private final ForeignPorts foreign = new ForeignPorts();

    private PortSet declared(String place) {
        BitSet bits = new BitSet();
        foreign.addDeclared(place, Protocol.TCP, bits);
        return PortSet.copyOf(bits);
    }

    @Test
    void aPodDeclaresOnItsNode() {
        assertThat(foreign.declare("p", POD, List.of(IndexFixture.tcp("n1", 100), IndexFixture.tcp("n1", 100))))
                .containsExactly(IndexFixture.tcp("n1", 100));

        assertThat(declared("n1")).hasToString("100");
        assertThat(declared("n2")).isEqualTo(PortSet.EMPTY);
        assertThat(declared("*")).hasToString("100");
        assertThat(foreign.isDeclared(IndexFixture.tcp("*", 100))).isTrue();
        assertThat(foreign.isDeclared(IndexFixture.tcp("n1", 100))).isTrue();
        assertThat(foreign.isDeclared(IndexFixture.tcp("n2", 100))).isFalse();
        assertThat(foreign.isDeclared(new Slot("n1", Protocol.UDP, 100))).isFalse();
    }

    @Test
    void aServiceDeclaresOnEveryNode() {
        foreign.declare("s", SERVICE, List.of(IndexFixture.tcp("*", 100)));

        assertThat(declared("n1")).hasToString("100");
        assertThat(declared("*")).hasToString("100");
        assertThat(foreign.isDeclared(IndexFixture.tcp("n7", 100))).isTrue();
        assertThat(foreign.declaredByOthers(IndexFixture.tcp("n7", 100), "shop"))
                .hasValue(SERVICE);
    }

    @Test
    void whatIsDeclaredAnewTakesThePlaceOfWhatWasDeclared() {
        foreign.declare("p", POD, List.of(IndexFixture.tcp("n1", 100), IndexFixture.tcp("n1", 101)));

        assertThat(foreign.declare("p", POD, List.of(IndexFixture.tcp("n1", 101), IndexFixture.tcp("n1", 102))))
                .containsExactlyInAnyOrder(IndexFixture.tcp("n1", 100), IndexFixture.tcp("n1", 102));
        assertThat(declared("n1")).hasToString("101-102");
        assertThat(foreign.declare("p", POD, List.of(IndexFixture.tcp("n1", 102), IndexFixture.tcp("n1", 101))))
                .isEmpty();
        assertThat(foreign.declare("p", POD, List.of()))
                .containsExactlyInAnyOrder(IndexFixture.tcp("n1", 101), IndexFixture.tcp("n1", 102));
        assertThat(declared("n1")).isEqualTo(PortSet.EMPTY);
        assertThat(foreign.declare("p", POD, List.of())).isEmpty();
    }

    @Test
    void aPortStandsUntilTheLastWhoDeclaresItIsGone() {
        foreign.declare("old", POD, List.of(IndexFixture.tcp("n1", 100)));
        foreign.declare("new", POD, List.of(IndexFixture.tcp("n1", 100)));

        assertThat(foreign.withdraw("old")).containsExactly(IndexFixture.tcp("n1", 100));
        assertThat(declared("n1")).hasToString("100");
        assertThat(declared("*")).hasToString("100");
        assertThat(foreign.withdraw("new")).containsExactly(IndexFixture.tcp("n1", 100));
        assertThat(declared("*")).isEqualTo(PortSet.EMPTY);
        assertThat(foreign.withdraw("new")).isEmpty();
    }

    @Test
    void ownPodsAreLeftOutButNotOwnServices() {
        foreign.declare("p", POD, List.of(IndexFixture.tcp("n1", 100)));

        assertThat(foreign.declaredByOthers(IndexFixture.tcp("n1", 100), "shop"))
                .isEmpty();
        assertThat(foreign.declaredByOthers(IndexFixture.tcp("*", 100), "shop")).isEmpty();
        assertThat(foreign.declaredByOthers(IndexFixture.tcp("n1", 100), "bank"))
                .hasValue(POD);
        assertThat(foreign.declaredByOthers(IndexFixture.tcp("*", 100), "bank")).hasValue(POD);
        foreign.declare("s", SERVICE, List.of(IndexFixture.tcp("*", 100)));
        assertThat(foreign.declaredByOthers(IndexFixture.tcp("n1", 100), "shop"))
                .hasValue(SERVICE);
    }
}
