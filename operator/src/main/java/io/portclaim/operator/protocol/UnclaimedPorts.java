package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.BelievedPorts;
import io.portclaim.operator.publish.ConfigMapData;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a ConfigMap says whose claim does not exist, as far as a claim of the pool could have it. Tenants can write such a ConfigMap,
 * and nothing is known of the claim: neither its pool nor its ports.
 *
 * @param pool one of the pools that the namespace may use
 * @param said what the ConfigMap says of it
 */
record UnclaimedPorts(PoolRules pool, Assignment said) {
    /** By the pool that gives out the most of what {@code data} says, the first by name; empty where none gives out any. */
    static Optional<UnclaimedPorts> of(Map<String, String> data, List<PoolRules> pools, Predicate<String> nodes) {
        return pools.stream()
                .sorted(Comparator.comparing(PoolRules::name))
                .map(pool -> new UnclaimedPorts(pool, said(data, pool, nodes)))
                .filter(ports -> !ports.said.isEmpty())
                .reduce((one, other) -> other.numbers() > one.numbers() ? other : one);
    }

    /** The data of a claim that has one number for all its nodes names no node. */
    private static Assignment said(Map<String, String> data, PoolRules pool, Predicate<String> nodes) {
        return ConfigMapData.parse(Scope.NODE, null, data, new Limits(pool, nodes))
                .or(() -> ConfigMapData.parse(Scope.CLUSTER, null, data, new Limits(pool, nodes)))
                .orElse(Assignment.NONE);
    }

    /** How many numbers that is: one that is the same on several nodes counts once. */
    int numbers() {
        return said.byPlace().values().stream()
                .flatMap(Collection::stream)
                .distinct()
                .mapToInt(PortGrant::count)
                .sum();
    }

    /** Believes what the pool gives out, and no more than one claim may have. */
    private static final class Limits implements Believed {
        private final PoolRules pool;
        private final Predicate<String> nodes;
        private final Map<String, Integer> numbers = new HashMap<>();
        private int numbersLeft = BelievedPorts.MOST_NUMBERS;

        Limits(PoolRules pool, Predicate<String> nodes) {
            this.pool = pool;
            this.nodes = nodes;
        }

        @Override
        public boolean name(String name) {
            return true;
        }

        @Override
        public boolean place(String place) {
            return numbersLeft > 0 && (Place.isEverywhere(place) || nodes.test(place));
        }

        @Override
        public boolean grant(String place, PortGrant grant) {
            int limit = pool.spec().portsPerClaim();
            numbersLeft -= grant.count() * grant.protocols().size();
            return numbersLeft >= 0
                    && (limit == 0 || numbers.merge(place, grant.count(), Integer::sum) <= limit)
                    && isGivenOut(grant);
        }

        private boolean isGivenOut(PortGrant grant) {
            for (int port = grant.port(); port <= grant.lastPort(); port++) {
                if (!pool.base().contains(port)) {
                    return false;
                }
            }
            return true;
        }
    }
}
