package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** On how many nodes each port stands, so that "on no node" is one look-up however many nodes there are. */
final class NodeCounts {
    private final Map<Integer, Integer> counts = new HashMap<>();
    private final Map<Protocol, BitSet> some = protocolSets();

    static Map<Protocol, BitSet> protocolSets() {
        return new EnumMap<>(Protocol.class);
    }

    static BitSet of(Map<Protocol, BitSet> sets, Protocol protocol) {
        return sets.computeIfAbsent(protocol, key -> new BitSet());
    }

    void add(Protocol protocol, int port) {
        counts.merge(id(protocol, port), 1, Integer::sum);
        of(some, protocol).set(port);
    }

    void remove(Protocol protocol, int port) {
        if (counts.computeIfPresent(id(protocol, port), (id, count) -> count == 1 ? null : count - 1) == null) {
            of(some, protocol).clear(port);
        }
    }

    /** The ports that stand on at least one node; not to be changed. */
    BitSet some(Protocol protocol) {
        return of(some, protocol);
    }

    /** A number for each port of each protocol. */
    static int id(Protocol protocol, int port) {
        return (port << 8) | protocol.number();
    }
}
