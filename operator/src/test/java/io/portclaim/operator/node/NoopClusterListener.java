package io.portclaim.operator.node;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Slot;
import java.util.Set;

/** Hears of changes and does nothing. */
public class NoopClusterListener implements ClusterListener {
    @Override
    public void nodeChanged(NodeChange change) {}

    @Override
    public void declarationsChanged(Set<Slot> slots) {}

    @Override
    public void listenersChanged(Set<Slot> slots) {}

    @Override
    public void readersChanged(ClaimKey configMap, String node) {}

    @Override
    public void namespaceChanged(String namespace) {}
}
