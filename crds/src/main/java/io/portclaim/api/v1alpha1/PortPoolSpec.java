package io.portclaim.api.v1alpha1;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pool may give out.
 *
 * @param ranges the ports, ends inclusive; a union
 * @param exclude ports never to be given out
 * @param ephemeralPorts how the nodes' ephemeral ranges are kept out
 * @param nodePorts how the Services' nodePorts are kept out
 * @param nodeSelector which nodes it serves; absent: all
 * @param strategy how the next port is chosen
 * @param staticBand how many of the first ports are kept for explicit requests until the rest is gone; absent:
 *     {@code min(max(16, size/32), 128)}, as KEP-3668
 * @param cooldown how long a released port rests, by protocol
 * @param allowedNamespaces which namespaces may claim; absent: all
 * @param limits bounds on what is asked for
 */
public record PortPoolSpec(
        List<IntOrString> ranges,
        @Nullable List<IntOrString> exclude,
        @Nullable EphemeralPorts ephemeralPorts,
        @Nullable NodePorts nodePorts,
        @Nullable LabelSelector nodeSelector,
        @Nullable Strategy strategy,
        @Nullable Integer staticBand,
        @Nullable Cooldown cooldown,
        @Nullable LabelSelector allowedNamespaces,
        @Nullable Limits limits) {

    /**
     * How the nodes' ephemeral ranges are kept out.
     *
     * @param policy Exclude or Ignore
     * @param assumed the range of nodes that have not told theirs; absent: by the node's operating system
     */
    public record EphemeralPorts(
            @Nullable Policy policy, @Nullable IntOrString assumed) {}

    /**
     * How the Services' nodePorts are kept out.
     *
     * @param policy Exclude or Ignore
     * @param range the API server's service-node-port-range
     */
    public record NodePorts(
            @Nullable Policy policy, @Nullable IntOrString range) {}

    /**
     * How long a released port rests: a duration such as {@code 120s} or {@code 5m}, at least 65s.
     *
     * @param tcp for TCP
     * @param udp for UDP
     * @param sctp for SCTP
     */
    public record Cooldown(
            @Nullable String tcp,
            @Nullable String udp,
            @Nullable String sctp) {}

    /**
     * Bounds on the numbers asked for (not on slots).
     *
     * @param portsPerClaim the most that one claim may ask for; 0: no limit
     * @param portsPerNamespace the most that the claims of one namespace may hold together; 0: no limit
     */
    public record Limits(
            @Nullable Integer portsPerClaim, @Nullable Integer portsPerNamespace) {}

    /** Whether something is kept out of the pool. */
    public enum Policy {
        @com.fasterxml.jackson.annotation.JsonProperty("Exclude")
        EXCLUDE,
        @com.fasterxml.jackson.annotation.JsonProperty("Ignore")
        IGNORE
    }

    /** How the next port is chosen. */
    public enum Strategy {
        /** The next one after the last given. */
        @com.fasterxml.jackson.annotation.JsonProperty("Sequential")
        SEQUENTIAL
    }
}
