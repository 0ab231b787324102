package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ListenersTest {
    private final ForeignPorts declared = new ForeignPorts();
    private final Listeners listeners = new Listeners(declared, new SetClock());

    private Set<Slot> report(String node, String tcp, String udp) {
        return listeners.report(node, CompactPorts.of(PortSet.parse(tcp)), CompactPorts.of(PortSet.parse(udp)));
    }

    private static Slot udp(String place, int port) {
        return new Slot(place, Protocol.UDP, port);
    }

    private String listened(String place, Protocol protocol) {
        BitSet into = new BitSet();
        listeners.addListened(place, protocol, into);
        return PortSet.copyOf(into).toString();
    }

    @Test
    void saysWhatAReportChanged() {
        assertThat(report("n1", "22,100-101", "53")).hasSize(4).contains(tcp("n1", 100), udp("n1", 53));
        assertThat(report("n1", "22,100-101", "53")).isEmpty();
        assertThat(report("n1", "22,101-102", "53")).containsExactlyInAnyOrder(tcp("n1", 100), tcp("n1", 102));
        assertThat(report("n1", "22", "")).containsExactlyInAnyOrder(tcp("n1", 101), tcp("n1", 102), udp("n1", 53));
        assertThat(listeners.withdraw("n1")).containsExactly(tcp("n1", 22));
        assertThat(listeners.withdraw("n1")).isEmpty();
    }

    @Test
    void knowsForEachNodeAndForAll() {
        report("n1", "22,100", "");
        report("n2", "22", "200");
        assertThat(listened("n1", Protocol.TCP)).isEqualTo("22,100");
        assertThat(listened("n2", Protocol.UDP)).isEqualTo("200");
        assertThat(listened("n3", Protocol.TCP)).isEmpty();
        assertThat(listened("*", Protocol.TCP)).isEqualTo("22,100");
        assertThat(listened("*", Protocol.UDP)).isEqualTo("200");
        assertThat(listened("*", Protocol.SCTP)).isEmpty();
        assertThat(listeners.isListenedOn(tcp("*", 100))).isTrue();
        assertThat(listeners.isListenedOn(tcp("n2", 100))).isFalse();
        assertThat(listeners.isListenedOn(new Slot("n1", Protocol.SCTP, 100))).isFalse();

        report("n1", "22", "");
        assertThat(listened("*", Protocol.TCP)).as("n2 still has 22").isEqualTo("22");
        listeners.withdraw("n2");
        listeners.withdraw("n1");
        assertThat(listened("*", Protocol.TCP)).isEmpty();
    }

    @Test
    void whatAPodOfTheNodeDeclaresIsExplained() {
        report("n1", "100", "");
        report("n2", "100", "");
        assertThat(listeners.unexplained(tcp("*", 100))).containsExactly("n1", "n2");
        declared.declare("u", new ForeignPorts.Owner("Pod", "a", "web"), List.of(tcp("n1", 100)));
        assertThat(listeners.unexplained(tcp("*", 100))).containsExactly("n2");
        assertThat(listeners.unexplained(tcp("n1", 100))).isEmpty();
        assertThat(listeners.isListenedOn(tcp("n1", 100))).isTrue();
        declared.declare("s", new ForeignPorts.Owner("Service", "a", "web"), List.of(tcp("*", 100)));
        assertThat(listeners.unexplained(tcp("n2", 100)))
                .as("a Service listens nowhere")
                .containsExactly("n2");
        declared.withdraw("u");
        assertThat(listeners.unexplained(tcp("n1", 100))).containsExactly("n1");
        assertThat(listeners.unexplained(tcp("n1", 101))).isEmpty();
    }
}
