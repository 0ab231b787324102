package io.portclaim.agent.census;

import java.util.BitSet;

/**
 * Ports that the kernel lends no more, for the range has shrunk or they are reserved now, and that somebody still has from the
 * time when it did: nobody can listen there before they are given back. For one thread.
 */
final class LeftOver {
    private final BitSet ports = new BitSet();
    private final BitSet tcp = new BitSet();
    private final BitSet udp = new BitSet();

    /** Begins a look. */
    void begin(BitSet lentBefore, BitSet lentNow) {
        ports.or(lentBefore);
        ports.andNot(lentNow);
        tcp.clear();
        udp.clear();
    }

    /** Sees a TCP socket that has {@code port}. */
    void tcp(int port) {
        if (ports.get(port)) {
            tcp.set(port);
        }
    }

    /** Sees a UDP socket that has {@code port}. */
    void udp(int port) {
        if (ports.get(port)) {
            udp.set(port);
        }
    }

    /** Ends the look: what it has not seen was given back, and who has it from now on has bound it. */
    void end() {
        ports.clear();
        ports.or(tcp);
        ports.or(udp);
    }

    /** Adds the TCP ports to {@code into}. */
    void addTcp(BitSet into) {
        into.or(tcp);
    }

    /** Adds the UDP ports to {@code into}. */
    void addUdp(BitSet into) {
        into.or(udp);
    }
}
