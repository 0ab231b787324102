package io.portclaim.operator.node;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Slot;
import java.util.Set;

/** Gets what changed around the claims. Called on watch threads: implementations return at once. */
public interface ClusterListener {
    /** A node came, went, or changed its labels or what it, or its agent, says of its ephemeral ports. */
    void nodeChanged(NodeChange change);

    /** Pods or Services began or ceased to declare these slots. */
    void declarationsChanged(Set<Slot> slots);

    /** Processes on nodes, seen by their agents, began or ceased to listen on these slots. */
    void listenersChanged(Set<Slot> slots);

    /** The first live pod on {@code node} that reads {@code configMap} has come, or the last one has gone. */
    void readersChanged(ClaimKey configMap, String node);

    /** A namespace's labels changed. */
    void namespaceChanged(String namespace);
}
