package io.portclaim.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim has.
 *
 * @param phase Pending, Bound or Conflicted
 * @param observedGeneration the generation of the spec that this status speaks of
 * @param poolName the pool that serves the claim, resolved once
 * @param configMapName where the ports are published
 * @param summary the ports in a word, for the PORTS column
 * @param nodesDesired Node scope: how many nodes the claim asks for
 * @param nodesAssigned Node scope: on how many of its nodes it has all its ports
 * @param ports the ports that are the same on all its nodes
 * @param nodes Node scope: the ports by node, grouped by equal ports
 * @param conditions Ready, Assigned, Published, Usable
 */
public record PortClaimStatus(
        @Nullable Phase phase,
        @Nullable Long observedGeneration,
        @Nullable String poolName,
        @Nullable String configMapName,
        @Nullable String summary,
        @Nullable Integer nodesDesired,
        @Nullable Integer nodesAssigned,
        @Nullable List<AssignedPort> ports,
        @Nullable List<NodeAssignment> nodes,
        @Nullable List<Condition> conditions) {}
