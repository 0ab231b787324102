package io.portclaim.ports;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Makes one of equal sets: an ephemeral range takes 8 kB, and the nodes of a cluster have few different ones. What nobody uses
 * any more is forgotten. Thread-safe.
 */
public final class PortSets {
    private final Map<PortSet, WeakReference<PortSet>> known = new WeakHashMap<>();

    /** The set that equals {@code set} and was asked for first. */
    public synchronized PortSet unique(PortSet set) {
        WeakReference<PortSet> reference = known.get(set);
        PortSet first = reference == null ? null : reference.get();
        if (first != null) {
            return first;
        }
        known.put(set, new WeakReference<>(set));
        return set;
    }
}
