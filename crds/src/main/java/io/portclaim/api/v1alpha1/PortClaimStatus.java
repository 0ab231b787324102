package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim has.
 *
 * @param phase Pending, Bound or Conflicted
 * @param observedGeneration the generation of the spec that this status speaks of
 * @param claimUid the UID of the claim that this status was written for
 * @param poolName the pool that serves the claim, resolved once
 * @param configMapName where the ports are published
 * @param summary the ports in a word, for the PORTS column
 * @param nodesDesired Node scope: how many nodes the claim asks for
 * @param nodesAssigned Node scope: on how many of its nodes it has all its ports
 * @param ports the ports that are the same on all its nodes
 * @param nodes Node scope: the ports by node, grouped by equal ports
 * @param pods Scope Pod: how many pods hold ports, and how many wait for them
 * @param conditions Ready, Assigned, Published, Usable, and Stalled where waiting will not help
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortClaimStatus(
        @JsonPropertyDescription(
                "The claim's state in one word. Pending: it holds no ports, or not all that it requests. Bound: it"
                        + " holds all of them. Conflicted: another claim was found to hold the same port and keeps"
                        + " it; delete this claim and create it again.")
        @Nullable
        Phase phase,

        @JsonPropertyDescription(
                "The metadata.generation that this status describes. If it is lower than the object's, a later edit"
                        + " has not been processed yet.")
        @Min(0)
        @Nullable
        Long observedGeneration,

        @JsonProperty("claimUID")
        @JsonPropertyDescription(
                "The metadata.uid of the claim that this status was written for. A backup tool may bring back the status"
                        + " of an earlier claim: its ports are then assigned again where they are still free.")
        @Size(max = 128)
        @Nullable
        String claimUid,

        @JsonPropertyDescription(
                "The pool that serves the claim: spec.poolName, or the pool that was the default when the claim was"
                        + " first served.")
        @Size(max = 253)
        @Nullable
        String poolName,

        @JsonPropertyDescription("The ConfigMap that the ports are published to, in the claim's namespace.")
        @Size(max = 253)
        @Nullable
        String configMapName,

        @JsonPropertyDescription(
                "The ports in short form, for `kubectl get`. Example: http=21080, game=21100-21103/UDP.")
        @Size(max = 4096)
        @Nullable
        String summary,

        @JsonPropertyDescription("Scope Node: on how many nodes the claim requests ports.") @Min(0) @Nullable
        Integer nodesDesired,

        @JsonPropertyDescription("Scope Node: on how many of these nodes it holds all its ports.") @Min(0) @Nullable
        Integer nodesAssigned,

        @JsonPropertyDescription(
                "The ports whose number is the same on all nodes of the claim; for scope Cluster, all ports.")
        @Size(max = 64)
        @Nullable
        List<AssignedPort> ports,

        @JsonPropertyDescription(
                "Scope Node: the ports by node, nodes with equal ports in one entry; at most 1000 entries.")
        @Size(max = 1000)
        @Nullable
        List<NodeAssignment> nodes,

        @JsonPropertyDescription("Scope Pod: the claim's pods with ports, and those that wait for them.") @Nullable
        PodCounts pods,

        @JsonPropertyDescription(
                "Ready: all requested ports are assigned and published. Assigned: the claim holds the ports."
                        + " Published: the ConfigMap has them. Usable: nothing else was found to use them; it never"
                        + " affects Ready. Stalled: waiting will not help; present only while it is true.")
        @Size(max = 16)
        @Nullable
        List<Condition> conditions) {
    /** A status that does not say which claim it was written for. */
    public PortClaimStatus(
            @Nullable Phase phase,
            @Nullable Long observedGeneration,
            @Nullable String poolName,
            @Nullable String configMapName,
            @Nullable String summary,
            @Nullable Integer nodesDesired,
            @Nullable Integer nodesAssigned,
            @Nullable List<AssignedPort> ports,
            @Nullable List<NodeAssignment> nodes,
            @Nullable List<Condition> conditions) {
        this(
                phase,
                observedGeneration,
                null,
                poolName,
                configMapName,
                summary,
                nodesDesired,
                nodesAssigned,
                ports,
                nodes,
                null,
                conditions);
    }
}
