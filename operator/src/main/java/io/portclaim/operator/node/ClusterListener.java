package io.portclaim.operator.node;

import io.portclaim.operator.allocation.Slot;
import java.util.Set;

/** Is told what changed around the claims. Called on watch threads: implementations return at once. */
public interface ClusterListener {
    /**
     * A node came, went, or changed its labels or its facts.
     *
     * @param facts whether what nodes say of their ports is not what it was: not for one node more or less of
     *     a kind that others are of
     */
    void nodesChanged(boolean facts);

    /** Pods or Services began or ceased to declare these slots. */
    void declarationsChanged(Set<Slot> slots);

    /** A pod that used a ConfigMap or a port is gone. */
    void podGone();

    /** A namespace's labels changed. */
    void namespaceChanged(String namespace);
}
