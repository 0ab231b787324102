package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Background;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import io.portclaim.operator.protocol.ServingGate;
import java.util.Optional;
import java.util.function.Function;

/** What one process does for pods with ports of their own. */
public interface PodSide {
    /** What takes over their ports. */
    PodsAtTakeOver takeOver();

    /** Whether something has happened to pods that it has not heard of. */
    boolean hasNews();

    /** Until when it hears of that, in {@link Baton#nanos}. */
    long overdueAt();

    /** Hears of one thing. */
    void hear();

    /** Ports may have become free. */
    void slotsMayBeFree();

    /** A claim of scope Pod came or changed. */
    void claimChanged(ClaimKey claim);

    /** Looks up what its watch has missed. */
    void sweep();

    /** Makes one. */
    @FunctionalInterface
    interface Maker {
        /** Makes that of a process. */
        PodSide make(Parts parts);
    }

    /**
     * What a process has.
     *
     * @param calls how its calls fare
     * @param portIndex who holds what
     * @param pools the pools
     * @param foreign what others declare
     * @param view the nodes
     * @param admission judges claims
     * @param claims finds a claim, as a cache has it
     * @param commit makes decisions durable
     * @param background serves pods
     * @param gate opens when everything is loaded
     */
    record Parts(
            FaultyCalls calls,
            PortIndex portIndex,
            Pools pools,
            ForeignPorts foreign,
            ClusterView view,
            Admitter admission,
            Function<ClaimKey, Optional<Claim>> claims,
            LeadershipBarrier commit,
            Background background,
            ServingGate gate) {}
}
