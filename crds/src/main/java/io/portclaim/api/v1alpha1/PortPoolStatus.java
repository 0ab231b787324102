package io.portclaim.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pool has and has given.
 *
 * @param observedGeneration the generation of the spec that this status speaks of
 * @param conditions Ready, RangeOverlapsEphemeral, Exhausted
 * @param nodes how many nodes it serves
 * @param slots its slots over all its nodes
 * @param tightestNode the node with the fewest free ports
 * @param claims how many claims hold ports of it
 */
public record PortPoolStatus(
        @Nullable Long observedGeneration,
        @Nullable List<Condition> conditions,
        @Nullable Integer nodes,
        @Nullable Slots slots,
        @Nullable TightestNode tightestNode,
        @Nullable Integer claims) {

    /**
     * Slots counted as ports per node, for the protocol that has the fewest free.
     *
     * @param total usable ports, summed over the nodes
     * @param assigned held by claims
     * @param cooling released and not yet reusable
     * @param available free now
     */
    public record Slots(Long total, Long assigned, Long cooling, Long available) {}

    /**
     * The node that runs out first.
     *
     * @param name its name
     * @param available how many ports are free on it
     */
    public record TightestNode(String name, Integer available) {}
}
