package io.portclaim.operator.metrics;

import org.jspecify.annotations.Nullable;

/**
 * A pool's slots, over all its nodes.
 *
 * @param total all that it may ever give out
 * @param assigned held by claims
 * @param cooling released and not yet reusable
 * @param available free to be given out now; it can be less than the rest, for a slot can be blocked otherwise
 * @param tightestNodeAvailable those of them on the node that has the fewest; null without nodes
 * @param clusterNumbers numbers that may be given out on all nodes at once
 * @param clusterNumbersAvailable those of them that are free on all nodes now
 */
public record PoolSlots(
        long total,
        long assigned,
        long cooling,
        long available,
        @Nullable Long tightestNodeAvailable,
        long clusterNumbers,
        long clusterNumbersAvailable) {}
