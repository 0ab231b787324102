package io.portclaim.agent.census;

import io.portclaim.ports.PortSet;
import java.util.BitSet;

/**
 * Ports that the kernel lends no more, for the range has shrunk or they are reserved now, and that a socket of one protocol
 * still has from the time when it did: nobody can listen there before they are given back. One look may miss a socket, as
 * {@link Ages} says. For one thread.
 */
final class LeftOver {
    private final BitSet watched = new BitSet();
    /** Those of them that no look has ended with yet. */
    private final BitSet fresh = new BitSet();

    private final BitSet seen = new BitSet();
    private final BitSet seenBefore = new BitSet();
    private final BitSet held = new BitSet();

    /** Takes up ports that may be held from the time of an earlier agent; the next looks show which of them are. */
    void resume(PortSet lentEarlier) {
        lentEarlier.addTo(fresh);
    }

    /** Begins a look. */
    void begin(BitSet lentBefore, BitSet lentNow) {
        fresh.or(lentBefore);
        watched.or(fresh);
        watched.andNot(lentNow);
        fresh.andNot(lentNow);
        seen.clear();
    }

    /** Sees a socket that has {@code port}. */
    void see(int port) {
        seen.set(port);
    }

    /** Ends the look: what neither it nor the one before has seen was given back, and who has it from now on has bound it. */
    void end() {
        held.clear();
        held.or(seenBefore);
        held.or(seen);
        held.and(watched);
        watched.clear();
        watched.or(held);
        watched.or(fresh);
        fresh.clear();
        seenBefore.clear();
        seenBefore.or(seen);
    }

    /** Adds the ports to {@code into}. */
    void addTo(BitSet into) {
        into.or(held);
    }
}
