package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.BelievedPorts;
import java.util.function.Predicate;

/**
 * What is believed of claims' ConfigMaps, which tenants can write. Thread-safe.
 *
 * @param pools the pools, with all their ranges: what a pool excludes by now may have been given out before
 * @param nodes which nodes there are
 */
record MapBelief(Pools pools, Predicate<String> nodes) {
    /** For one text of {@code claim}'s ConfigMap, with the numbers that {@code held} knows. */
    Believed of(Claim claim, BelievedPorts.Held held) {
        Assignment reported = claim.reported();
        return new BelievedPorts(
                BelievedPorts.Size.of(claim.requestedPorts(), reported),
                pools.get(pools.nameOrDefault(claim.poolName()))
                        .map(pool -> pool.rules().spec().ranges())
                        .orElse(null),
                place -> Place.isEverywhere(place)
                        || nodes.test(place)
                        || reported.places().contains(place),
                held);
    }
}
