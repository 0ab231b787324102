package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;

/**
 * On how many nodes each port stands, so that "on no node" is one look-up however many nodes there are. At most 256 KiB a
 * protocol.
 */
final class NodeCounts {
    private static final int[] NONE = {};

    /** By port, as far as the greatest port that ever stood on a node. */
    private final Map<Protocol, int[]> counts = new EnumMap<>(Protocol.class);

    private final Map<Protocol, BitSet> some = protocolSets();

    /** Takes the ports that stand on some node. */
    interface Visitor {
        /** Takes a port that stands on {@code count} nodes, at least one. */
        void visit(int port, int count);
    }

    static Map<Protocol, BitSet> protocolSets() {
        return new EnumMap<>(Protocol.class);
    }

    static BitSet of(Map<Protocol, BitSet> sets, Protocol protocol) {
        return sets.computeIfAbsent(protocol, key -> new BitSet());
    }

    void add(Protocol protocol, int port) {
        int[] ofProtocol = counts.getOrDefault(protocol, NONE);
        if (port >= ofProtocol.length) {
            // A power of two beyond the port, so that neighbours that follow need no copy.
            ofProtocol = Arrays.copyOf(ofProtocol, Math.max(64, Integer.highestOneBit(port) << 1));
            counts.put(protocol, ofProtocol);
        }
        ofProtocol[port]++;
        if (ofProtocol[port] == 1) {
            of(some, protocol).set(port);
        }
    }

    /** Counts a node less, where there is one. */
    void remove(Protocol protocol, int port) {
        if (count(protocol, port) == 0) {
            return;
        }
        int[] ofProtocol = counts.getOrDefault(protocol, NONE);
        ofProtocol[port]--;
        if (ofProtocol[port] == 0) {
            of(some, protocol).clear(port);
        }
    }

    /** On how many nodes {@code port} stands. */
    int count(Protocol protocol, int port) {
        int[] ofProtocol = counts.getOrDefault(protocol, NONE);
        return port < ofProtocol.length ? ofProtocol[port] : 0;
    }

    /** Calls {@code visitor} with each port that stands on some node, ascending. */
    void forEach(Protocol protocol, Visitor visitor) {
        BitSet ports = some(protocol);
        for (int port = ports.nextSetBit(0); port >= 0; port = ports.nextSetBit(port + 1)) {
            visitor.visit(port, count(protocol, port));
        }
    }

    /** The ports that stand on at least one node; not to be changed. */
    BitSet some(Protocol protocol) {
        return of(some, protocol);
    }
}
