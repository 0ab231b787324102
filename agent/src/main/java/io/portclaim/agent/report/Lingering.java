package io.portclaim.agent.report;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import java.util.BitSet;

/** A set of listening ports in which a port stays for a while, so that a process that restarts is no change. For one thread. */
final class Lingering {
    static final long MILLIS = 10_000;

    private static final int[] NONE = {};

    private final BitSet shown = new BitSet();
    private final BitSet gone = new BitSet();
    /** For each port that is gone, when that was seen, in ms that wrap around after 49 days; empty while none is. */
    private int[] goneAt = NONE;

    /**
     * Takes what a look has found.
     *
     * @return those ports, and those that have been gone for less than {@link #MILLIS}
     */
    PortSet at(PortSet listening, long millis) {
        BitSet now = listening.toBitSet();
        gone.andNot(now);
        shown.andNot(now);
        if (gone.isEmpty()) {
            goneAt = NONE;
        }
        for (int port = shown.nextSetBit(0); port >= 0; port = shown.nextSetBit(port + 1)) {
            if (!gone.get(port)) {
                note(port, (int) millis);
            } else if ((int) millis - goneAt[port] >= MILLIS) {
                gone.clear(port);
                shown.clear(port);
            }
        }
        shown.or(now);
        return PortSet.copyOf(shown);
    }

    private void note(int port, int millis) {
        if (goneAt.length == 0) {
            goneAt = new int[PortRange.MAX_PORT + 1];
        }
        gone.set(port);
        goneAt[port] = millis;
    }
}
