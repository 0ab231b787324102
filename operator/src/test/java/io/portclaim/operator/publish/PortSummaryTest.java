package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PortSummaryTest {
    private static final PortGrant HTTP = new PortGrant("http", TransportProtocol.TCP, 21080, 1);
    private static final PortGrant GAME = new PortGrant("game", TransportProtocol.UDP, 21100, 4);

    @Test
    void theProtocolIsSaidUnlessItIsTcp() {
        PortGrant dns = new PortGrant("dns", TransportProtocol.TCPUDP, 21053, 1);

        assertThat(everywhere(List.of(HTTP, GAME, dns)))
                .isEqualTo("http=21080, game=21100-21103/UDP, dns=21053/TCPUDP");
        assertThat(PortSummary.of(Assignment.NONE, List.of())).isEmpty();
    }

    @Test
    void onlyTheMostUsedNumbersAreNamed() {
        Map<String, List<PortGrant>> nodes = new TreeMap<>();
        for (int i = 0; i < 9; i++) {
            nodes.put("n" + i, List.of(new PortGrant("http", TransportProtocol.TCP, 21000 + Math.max(0, i - 3), 1)));
        }

        assertThat(PortSummary.of(new Assignment(new TreeMap<>(nodes)), nodes.keySet()))
                .isEqualTo("http=21000 on 4 nodes, 21001 on 1, 21002 on 1, others on 3");
    }

    @Test
    void aLineEndsHoweverManyPortsThereAre() {
        List<PortGrant> grants = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            grants.add(new PortGrant("port-number-%03d".formatted(i), TransportProtocol.TCPUDP, 21000 + 10 * i, 10));
        }

        assertThat(everywhere(grants))
                .hasSizeBetween(900, 1100)
                .startsWith("port-number-000=21000-21009/TCPUDP, port-number-001=21010-21019/TCPUDP, ")
                .endsWith(", and 37 more");
    }

    @Test
    void aSetsFirstEightRangesAreNamed() {
        assertThat(PortSummary.of(PortSet.parse("1,3,5,7,9,11,13,15-16"))).isEqualTo("1,3,5,7,9,11,13,15-16");
        assertThat(PortSummary.of(PortSet.parse("1,3,5,7,9,11,13,15,17"))).isEqualTo("1,3,5,7,9,11,13,15,…");
    }

    private static String everywhere(List<PortGrant> grants) {
        return PortSummary.of(Assignment.at(Place.EVERYWHERE, grants), List.of(Place.EVERYWHERE));
    }
}
