package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortClaimSpec;
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
        return of(claim.spec(), claim.reported(), pools.nameOrDefault(claim.poolName()), held);
    }

    /** The same for a claim of {@code pool} with this spec, whose status says that it holds {@code reported}. */
    Believed of(PortClaimSpec spec, Assignment reported, String pool, BelievedPorts.Held held) {
        return new BelievedPorts(
                BelievedPorts.Size.of(Claim.requestedPorts(spec), reported),
                pools.rules(pool).map(rules -> rules.spec().ranges()).orElse(null),
                place -> Place.isEverywhere(place)
                        || nodes.test(place)
                        || reported.places().contains(place),
                held);
    }
}
