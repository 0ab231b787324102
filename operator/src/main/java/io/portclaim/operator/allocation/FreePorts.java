package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.BitSet;
import java.util.List;

/** The numbers of a pool that no claim has and nobody declares; a process may listen there all the same. */
record FreePorts(SlotIndex index, ForeignPorts foreign) {
    /** Those that are so at all of {@code places}, for every protocol of {@code requested}. */
    BitSet at(List<Draft> places, PoolRules pool, RequestedPort requested) {
        BitSet free = pool.base().toBitSet();
        PortSet last = pool.base();
        for (Draft draft : places) {
            PortSet usable = pool.usableOn(draft.target().nodes());
            if (!usable.equals(last)) {
                free.and(usable.toBitSet());
                last = usable;
            }
        }
        BitSet taken = new BitSet();
        for (Draft draft : places) {
            taken.or(draft.numbers());
            for (Protocol protocol : requested.protocols()) {
                index.addTaken(draft.place(), protocol, taken);
                foreign.addDeclared(draft.place(), protocol, taken);
            }
        }
        free.andNot(taken);
        return free;
    }
}
