package io.portclaim.operator.simulation;

import io.portclaim.operator.protocol.Claim;
import java.util.List;
import java.util.Random;

/** What no operator can prevent, at random, while none runs: the next one begins with what is left. */
final class Disasters {
    private final Random random;
    private final SimulatedCluster cluster;

    Disasters(Random random, SimulatedCluster cluster) {
        this.random = random;
        this.cluster = cluster;
    }

    /** Something goes wrong. */
    void strike() {
        switch (random.nextInt(3)) {
            case 0 -> cluster.loseLedger();
            case 1 -> cluster.setLedgerBack(random);
            default -> forgeStatus();
        }
    }

    private void forgeStatus() {
        List<Claim> holders = cluster.claims().stream()
                .filter(claim -> !Invariants.numbers(claim).isEmpty())
                .toList();
        for (Claim claim : cluster.claims()) {
            List<Claim> others = holders.stream()
                    .filter(other -> !other.uid().equals(claim.uid()))
                    .filter(other -> Invariants.place(other).equals(Invariants.place(claim)))
                    .toList();
            if (!others.isEmpty()) {
                cluster.forgeStatus(claim, others.get(random.nextInt(others.size())));
                return;
            }
        }
    }
}
