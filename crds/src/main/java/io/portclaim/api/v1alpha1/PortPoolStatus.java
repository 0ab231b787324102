package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pool has and has given.
 *
 * @param observedGeneration the generation of the spec that this status speaks of
 * @param conditions Ready, RangeOverlapsEphemeral, Exhausted, NodesUnreadable, and Stalled where waiting will not help
 * @param nodes how many nodes it serves
 * @param slots its slots over all its nodes
 * @param tightestNode the node with the fewest free ports
 * @param clusterNumbers the numbers that are free on all its nodes at once
 * @param claims how many claims hold ports of it
 * @param nodeFacts where the ephemeral ranges of its nodes are known from
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortPoolStatus(
        @JsonPropertyDescription(
                "The metadata.generation that this status describes. If it is lower than the object's, a later edit"
                        + " has not been processed yet.")
        @Min(0)
        @Nullable
        Long observedGeneration,

        @JsonPropertyDescription(
                "Ready: the pool can assign ports. RangeOverlapsEphemeral: a node's kernel may use ports of its"
                        + " ranges for outgoing connections. Exhausted: a node, or the cluster, has no free port"
                        + " left. NodesUnreadable: the ports in a node's annotations, or in the report of its"
                        + " agent, cannot be read. Stalled: waiting will not help; present only while it is true.")
        @Size(max = 16)
        @Nullable
        List<Condition> conditions,

        @JsonPropertyDescription("How many nodes the pool serves.") @Min(0) @Nullable
        Integer nodes,

        @JsonPropertyDescription(
                "The pool's ports counted per node and added up, for the protocol that has the fewest free. Updated"
                        + " every few seconds, not with every claim.")
        @Nullable
        Slots slots,

        @JsonPropertyDescription("The node that has the fewest free ports.") @Nullable
        TightestNode tightestNode,

        @JsonPropertyDescription(
                "The pool's ports that are free on all of its nodes at once and can be assigned to claims of scope"
                        + " Cluster.")
        @Nullable
        ClusterNumbers clusterNumbers,

        @JsonPropertyDescription("How many claims hold ports of the pool.") @Min(0) @Nullable
        Integer claims,

        @JsonPropertyDescription(
                "How many nodes there are by the source of their ephemeral range. A report of the node's agent takes"
                        + " precedence over the node's annotation, and the annotation over what the pool assumes.")
        @Nullable
        NodeFacts nodeFacts) {

    /**
     * Nodes counted by where their ephemeral range is known from.
     *
     * @param reported by the node's agent
     * @param annotated by the node's annotation
     * @param assumed by the pool
     * @param unreadable not known at all
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record NodeFacts(
            @JsonPropertyDescription("Nodes whose agent has reported the range (PortReport).") @Required @Min(0)
            Integer reported,

            @JsonPropertyDescription("Nodes whose annotation portclaim.io/ephemeral-port-range states the range.")
            @Required
            @Min(0)
            Integer annotated,

            @JsonPropertyDescription("Nodes with neither: spec.ephemeralPorts.assumed is used, or the default of"
                    + " their operating system.")
            @Required
            @Min(0)
            Integer assumed,

            @JsonPropertyDescription(
                    "Nodes whose annotation or report cannot be read, and could not be read before: none of their"
                            + " ports is assigned. The condition NodesUnreadable names them.")
            @Required
            @Min(0)
            Integer unreadable) {}

    /**
     * Slots counted as ports per node, for the protocol that has the fewest free.
     *
     * @param total usable ports, summed over the nodes
     * @param assigned held by claims
     * @param cooling released and not yet reusable
     * @param available free now
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Slots(
            @JsonPropertyDescription("Ports that may be assigned, added up over the nodes.") @Required @Min(0)
            Long total,

            @JsonPropertyDescription("Of these, the ports that claims hold.") @Required @Min(0)
            Long assigned,

            @JsonPropertyDescription("Of these, the ports that were released and are still blocked or cooling.")
            @Required
            @Min(0)
            Long cooling,

            @JsonPropertyDescription("Of these, the ports that are free now.") @Required @Min(0)
            Long available) {}

    /**
     * Numbers, each counted once and not per node.
     *
     * @param total usable on all nodes
     * @param available free on all nodes now, for each protocol
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ClusterNumbers(
            @JsonPropertyDescription("Ports that may be assigned on every node of the pool.") @Required @Min(0)
            Integer total,

            @JsonPropertyDescription("Of these, the ports that are free on every node now.") @Required @Min(0)
            Integer available) {}

    /**
     * The node that runs out first.
     *
     * @param name its name
     * @param available how many ports are free on it
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record TightestNode(
            @JsonPropertyDescription("The node's name.") @Required @Size(max = 253)
            String name,

            @JsonPropertyDescription("How many ports are free on it.") @Required @Min(0)
            Integer available) {}
}
