package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/**
 * A leader that serves, and one that has just recovered from what is committed, answer the same requests alike: nothing that
 * decides may be in memory only.
 */
final class Alike {
    private Alike() {}

    /** Asks both, in one order; neither is used afterwards. */
    static void check(SimulatedCluster cluster, PortIndex serving, PortIndex recovered, int dice) {
        List<SimulatedClaim> asking = new ArrayList<>(cluster.claims);
        for (ClaimKey key : cluster.cooling.keys()) {
            if (cluster.claims.stream().noneMatch(claim -> claim.key.equals(key))) {
                asking.add(newcomer(cluster, key, dice));
            }
        }
        asking.add(newcomer(cluster, new ClaimKey("ns0", "stranger"), dice));
        asking.add(newcomer(cluster, new ClaimKey("ns1", "stranger"), dice / 2));
        for (SimulatedClaim claim : asking) {
            boolean pending =
                    serving.allocation(claim.uid).map(ClaimAllocation::pending).isPresent();
            if (!pending) {
                Request request =
                        claim.request(cluster.around.pools.get(claim.pool).rules(), cluster.around.facts());
                assertThat(answer(recovered, request)).as("to %s", claim).isEqualTo(answer(serving, request));
            }
        }
    }

    private static SimulatedClaim newcomer(SimulatedCluster cluster, ClaimKey key, int dice) {
        String where = dice % 3 == 0 ? "*" : SimulatedSurroundings.NODES.get(dice % 2);
        return new SimulatedClaim(
                "alike-" + key,
                key,
                cluster.clock.instant(),
                "p" + dice % 2,
                where,
                List.of(cluster.around.requested(dice, dice / 3), cluster.around.requested(dice / 5, dice / 7)));
    }

    private static String answer(PortIndex index, Request request) {
        Decision decision = index.decide(request);
        if (decision instanceof Decision.Granted granted) {
            return "%s, refused %s"
                    .formatted(granted.assignment(), granted.refused().keySet());
        }
        return ((Decision.Refused) decision).refusal().reason().text();
    }
}
