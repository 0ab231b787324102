package io.portclaim.operator.node;

import io.portclaim.operator.allocation.Slot;
import java.util.Set;

/** Is told what changed around the claims. Called on watch threads: implementations return at once. */
public interface ClusterListener {
    /** A node came, went, or changed its labels or what it says of its ports. */
    void nodesChanged();

    /** Pods or Services began or ceased to declare these slots. */
    void declarationsChanged(Set<Slot> slots);

    /** A namespace's labels changed. */
    void namespaceChanged(String namespace);
}
