package io.portclaim.agent.census;

import io.portclaim.operator.ports.PortSet;
import java.util.BitSet;

/**
 * Ports that the kernel lends no more, for the range has shrunk or they are reserved now, and that a socket of one protocol
 * still has from the time when it did: nobody can listen there before they are given back. For one thread.
 */
final class LeftOver {
    private final BitSet ports = new BitSet();
    private final BitSet held = new BitSet();

    /** Takes up ports that may be held from the time of an earlier agent; the next look shows which of them are. */
    void resume(PortSet lentEarlier) {
        lentEarlier.addTo(ports);
    }

    /** Begins a look. */
    void begin(BitSet lentBefore, BitSet lentNow) {
        ports.or(lentBefore);
        ports.andNot(lentNow);
        held.clear();
    }

    /** Sees a socket that has {@code port}. */
    void see(int port) {
        if (ports.get(port)) {
            held.set(port);
        }
    }

    /** Ends the look: what it has not seen was given back, and who has it from now on has bound it. */
    void end() {
        ports.clear();
        ports.or(held);
    }

    /** Adds the ports to {@code into}. */
    void addTo(BitSet into) {
        into.or(held);
    }
}
