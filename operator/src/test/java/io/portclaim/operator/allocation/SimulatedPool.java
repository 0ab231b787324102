package io.portclaim.operator.allocation;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.Map;

/**
 * A pool in plain numbers, with its own word on what is usable.
 *
 * @param first the first port of its range
 * @param last the last
 * @param excluded one port that is left out
 * @param assumedFirst the first port of the assumed ephemeral range, which has five
 * @param ignoresEphemeral whether it gives out ephemeral ports
 * @param band its static band
 * @param namespaceLimit 0 for none
 */
record SimulatedPool(
        String name,
        int first,
        int last,
        int excluded,
        int assumedFirst,
        boolean ignoresEphemeral,
        int band,
        int namespaceLimit) {
    static final int NODE_PORT = 112;
    private static final int TCP_SECONDS = 60;
    private static final int UDP_SECONDS = 150;

    PoolRules rules() {
        return new PoolRules(
                name,
                PoolRules.Spec.of(PortSet.of(new PortRange(first, last)))
                        .exclude(PortSet.of(new PortRange(excluded, excluded)))
                        .excludeEphemeral(!ignoresEphemeral)
                        .assumed(PortSet.of(new PortRange(assumedFirst, assumedFirst + 4)))
                        .nodePorts(PortSet.of(new PortRange(NODE_PORT, NODE_PORT)))
                        .staticBand(band)
                        .cooldown(Map.of(
                                Protocol.TCP, Duration.ofSeconds(TCP_SECONDS),
                                Protocol.UDP, Duration.ofSeconds(UDP_SECONDS),
                                Protocol.SCTP, Duration.ofSeconds(TCP_SECONDS)))
                        .portsPerClaim(0)
                        .portsPerNamespace(namespaceLimit)
                        .build());
    }

    static Duration cooldown(Protocol protocol) {
        return Duration.ofSeconds(protocol == Protocol.UDP ? UDP_SECONDS : TCP_SECONDS);
    }

    boolean mayGive(int port, SimulatedNode node) {
        boolean offered = port >= first && port <= last && port != excluded && port != NODE_PORT;
        int ephemeralFirst = node.annotated() ? node.ephemeralFirst() : assumedFirst;
        boolean ephemeral = port >= ephemeralFirst && port <= ephemeralFirst + 4;
        return offered && (ignoresEphemeral || !ephemeral || port == node.reserved());
    }
}
