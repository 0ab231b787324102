package io.portclaim.operator.allocation;

import org.jspecify.annotations.Nullable;

/**
 * How full a pool is. Numbers count once per node, as free only where they are free on every protocol.
 *
 * @param total usable numbers, summed over the nodes
 * @param assigned held by claims, be it on one protocol
 * @param cooling released and not yet reusable, and held by no claim
 * @param available free now
 * @param claims how many claims hold ports of the pool
 * @param tightestNode the node with the fewest free numbers; null without nodes
 * @param tightestAvailable how many are free on it
 * @param clusterTotal numbers that are usable on all its nodes; without nodes, on one of which nothing is known
 * @param clusterAvailable those of them that a claim of scope Cluster could be given now, on any protocol
 */
public record PoolUse(
        long total,
        long assigned,
        long cooling,
        long available,
        int claims,
        @Nullable String tightestNode,
        int tightestAvailable,
        int clusterTotal,
        int clusterAvailable) {}
