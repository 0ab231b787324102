package io.portclaim.agent.report;

import io.portclaim.operator.ports.PortSet;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/** A set of listening ports in which a port stays for a while, so that a process that restarts is no change. For one thread. */
final class Lingering {
    static final long MILLIS = 10_000;

    private final BitSet shown = new BitSet();
    private final Map<Integer, Long> goneSince = new HashMap<>();

    /**
     * Takes what a look has found.
     *
     * @return those ports, and those that have been gone for less than {@link #MILLIS}
     */
    PortSet at(PortSet listening, long millis) {
        BitSet missing = (BitSet) shown.clone();
        missing.andNot(listening.toBitSet());
        for (int port = missing.nextSetBit(0); port >= 0; port = missing.nextSetBit(port + 1)) {
            goneSince.putIfAbsent(port, millis);
        }
        shown.or(listening.toBitSet());
        for (Iterator<Map.Entry<Integer, Long>> gone = goneSince.entrySet().iterator(); gone.hasNext(); ) {
            Map.Entry<Integer, Long> entry = gone.next();
            if (listening.contains(entry.getKey())) {
                gone.remove();
            } else if (millis - entry.getValue() >= MILLIS) {
                shown.clear(entry.getKey());
                gone.remove();
            }
        }
        return PortSet.copyOf(shown);
    }
}
