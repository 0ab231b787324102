package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.BelievedPorts;
import java.util.function.Predicate;

/**
 * What is believed of claims' ConfigMaps, which tenants can write. Thread-safe.
 *
 * @param pools the pools, with all their ranges: what a pool excludes by now may have been given out before
 * @param nodes which nodes there are
 */
public record MapBelief(PoolView pools, Predicate<String> nodes) {
    /** For one text of {@code claim}'s ConfigMap, with the numbers that {@code held} knows. */
    public Believed of(Claim claim, BelievedPorts.Held held) {
        Assignment reported = claim.reported();
        return new BelievedPorts(
                BelievedPorts.Size.of(claim.requestedPorts(), reported),
                pools.rules(pools.nameOrDefault(claim.poolName()))
                        .map(rules -> rules.spec().ranges())
                        .orElse(null),
                place -> Place.isEverywhere(place)
                        || nodes.test(place)
                        || reported.places().contains(place),
                held);
    }
}
