package io.portclaim.operator.protocol;

import java.time.Instant;
import java.util.Set;

/** The nodes, as far as the protocol needs to know them. Thread-safe. */
public interface NodeView {
    /** The names of all nodes. */
    Set<String> names();

    /** Whether there is a node of this name. */
    boolean exists(String name);

    /** Since when the node of this name, which does not exist, is known to be absent. */
    Instant absentSince(String name);
}
