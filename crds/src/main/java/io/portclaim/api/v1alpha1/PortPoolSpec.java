package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pool may assign.
 *
 * @param ranges the ports, ends inclusive; a union
 * @param exclude ports never to be assigned
 * @param ephemeralPorts how the nodes' ephemeral ranges are kept out
 * @param nodePorts how the Services' nodePorts are kept out
 * @param nodeSelector which nodes it serves; absent: all
 * @param strategy how the next port is chosen
 * @param staticBand how many of the first ports are kept for explicit requests until the rest is gone; absent:
 *     {@code min(max(16, size/32), 128)}, as KEP-3668
 * @param cooldown how long a released port cools, by protocol
 * @param allowedNamespaces which namespaces may claim; absent: all
 * @param limits bounds on what is asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortPoolSpec(
        @JsonPropertyDescription(
                "The ports that may be assigned, 1 to 64 entries: single ports, and ranges that include both ends."
                        + " The pool has the union of all entries. May be changed at any time: held ports stay as"
                        + " they are. Keep the entries outside the nodes' ephemeral range (32768-60999 on Linux"
                        + " unless configured otherwise). Example: [\"21000-28999\", 31999].")
        @Required
        @Size(min = 1, max = 64)
        @ValidationRule(value = CelRules.RANGES_TEXT, messageExpression = CelRules.RANGES_TEXT_MESSAGE)
        @ValidationRule(value = CelRules.RANGES_BOUNDS, messageExpression = CelRules.RANGES_BOUNDS_MESSAGE)
        @ValidationRule(value = CelRules.RANGES_FORWARD, messageExpression = CelRules.RANGES_FORWARD_MESSAGE)
        List<IntOrString> ranges,

        @JsonPropertyDescription(
                "Ports in ranges that are never assigned, at most 64 entries, written like ranges: the ports that"
                        + " system daemons and other software listen on. Default: none. Example: [\"22623-22625\","
                        + " 27017].")
        @Size(max = 64)
        @ValidationRule(value = CelRules.RANGES_TEXT, messageExpression = CelRules.RANGES_TEXT_MESSAGE)
        @ValidationRule(value = CelRules.RANGES_BOUNDS, messageExpression = CelRules.RANGES_BOUNDS_MESSAGE)
        @ValidationRule(value = CelRules.RANGES_FORWARD, messageExpression = CelRules.RANGES_FORWARD_MESSAGE)
        @Nullable
        List<IntOrString> exclude,

        @JsonPropertyDescription(
                "What to do with ports that a node's kernel may use for outgoing connections. Default: {policy:"
                        + " Exclude}.")
        @Default("{}")
        @Nullable
        EphemeralPorts ephemeralPorts,

        @JsonPropertyDescription(
                "What to do with ports that Services of type NodePort use. Default: {policy: Exclude, range:"
                        + " \"30000-32767\"}.")
        @Default("{}")
        @Nullable
        NodePorts nodePorts,

        @JsonPropertyDescription(
                "Which nodes the pool serves. Left out: every node. May be changed later: claims keep the ports that"
                        + " they hold on a node that no longer matches. Example: {matchLabels: {pool: games}}.")
        @SchemaFrom(type = LabelSelectorSchema.class)
        @ValidationRule(
                value = CelRules.SELECTOR_SAYS_SOMETHING,
                message = "nodeSelector must not be empty (is matchLabels spelt correctly?): for every node, leave it"
                        + " out")
        @Nullable
        LabelSelector nodeSelector,

        @JsonPropertyDescription(
                "How the next port is chosen. Sequential: the next free port after the one that was assigned last."
                        + " Default: Sequential, the only value.")
        @Default("Sequential")
        @Nullable
        Strategy strategy,

        @JsonPropertyDescription(
                "How many of the first ports of ranges minus exclude are reserved for claims that request a port by"
                        + " number, until no other port is free; 0 to 65535 ports, 0 for none. Left out: a 32nd of"
                        + " the pool, but at least 16 and at most 128. Example: 64.")
        @Min(0)
        @Max(65535)
        @Nullable
        Integer staticBand,

        @JsonPropertyDescription(
                "The cooldown: how long a released port cools before it can be assigned to another claim, by"
                        + " protocol. Default: {tcp: 120s, udp: 300s, sctp: 120s}.")
        @Default("{}")
        @Nullable
        Cooldown cooldown,

        @JsonPropertyDescription(
                "Which namespaces may claim ports of the pool, by their labels. Left out: every namespace. Example:"
                        + " {matchLabels: {team: games}}.")
        @SchemaFrom(type = LabelSelectorSchema.class)
        @ValidationRule(
                value = CelRules.SELECTOR_SAYS_SOMETHING,
                message = "allowedNamespaces must not be empty (is matchLabels spelt correctly?): for every"
                        + " namespace, leave it out")
        @Nullable
        LabelSelector allowedNamespaces,

        @JsonPropertyDescription(
                "Limits on the numbers that claims request: a block of 4 counts as 4, on however many nodes it is"
                        + " held. Default: {portsPerClaim: 64, portsPerNamespace: 0}.")
        @Default("{}")
        @Nullable
        Limits limits) {

    /**
     * How the nodes' ephemeral ranges are kept out.
     *
     * @param policy Exclude or Ignore
     * @param assumed the range of nodes whose range is not reported; absent: by the node's operating system
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record EphemeralPorts(
            @JsonPropertyDescription(
                    "Exclude: a port that a node's kernel may use for an outgoing connection is not assigned on that"
                            + " node, unless the kernel has reserved it (net.ipv4.ip_local_reserved_ports). Ignore:"
                            + " it is assigned nevertheless. It may then be in use when the software starts; the"
                            + " pool's status states this. Default: Exclude.")
            @Default("Exclude")
            @Nullable
            Policy policy,

            @JsonPropertyDescription(
                    "The ephemeral range of nodes with no report and no annotation, one range with both ends. Left"
                            + " out: by the node's operating system, 32768-60999 on Linux and 49152-65535 on"
                            + " Windows. Example: \"15000-25000\".")
            @ValidationRule(value = CelRules.RANGE_TEXT, messageExpression = CelRules.RANGE_TEXT_MESSAGE)
            @ValidationRule(value = CelRules.RANGE_BOUNDS, messageExpression = CelRules.RANGE_BOUNDS_MESSAGE)
            @ValidationRule(value = CelRules.RANGE_FORWARD, messageExpression = CelRules.RANGE_FORWARD_MESSAGE)
            @Nullable
            IntOrString assumed) {}

    /**
     * How the Services' nodePorts are kept out.
     *
     * @param policy Exclude or Ignore
     * @param range the API server's service-node-port-range
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record NodePorts(
            @JsonPropertyDescription(
                    "Exclude: no port of range is assigned. Ignore: these ports may be assigned. With either policy,"
                            + " a nodePort that a Service uses is not assigned. Default: Exclude.")
            @Default("Exclude")
            @Nullable
            Policy policy,

            @JsonPropertyDescription(
                    "The range from which the cluster assigns nodePorts, with both ends: the API server's"
                            + " --service-node-port-range. Default: \"30000-32767\".")
            @Default("30000-32767")
            @ValidationRule(value = CelRules.RANGE_TEXT, messageExpression = CelRules.RANGE_TEXT_MESSAGE)
            @ValidationRule(value = CelRules.RANGE_BOUNDS, messageExpression = CelRules.RANGE_BOUNDS_MESSAGE)
            @ValidationRule(value = CelRules.RANGE_FORWARD, messageExpression = CelRules.RANGE_FORWARD_MESSAGE)
            @Nullable
            IntOrString range) {}

    /**
     * How long a released port cools: whole hours, minutes and seconds such as {@code 120s} or {@code 1h30m}, at least
     * 65s (longer than TIME_WAIT, which Linux keeps for 60 s). The schema lets nothing through that
     * {@code Duration.parse("PT" + text)} would not take.
     *
     * @param tcp for TCP
     * @param udp for UDP
     * @param sctp for SCTP
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Cooldown(
            @JsonPropertyDescription(
                    "For TCP, in hours, minutes and seconds, at least 65s: the kernel keeps a closed connection's"
                            + " port for a minute. Default: 120s. Example: 1h30m.")
            @Default("120s")
            @Size(max = 32)
            @ValidationRule(value = CelRules.DURATION, message = CelRules.DURATION_MESSAGE)
            @Nullable
            String tcp,

            @JsonPropertyDescription(
                    "For UDP, in hours, minutes and seconds, at least 65s: UDP has no close, so peers may send to"
                            + " the old address for longer. Default: 300s. Example: 10m.")
            @Default("300s")
            @Size(max = 32)
            @ValidationRule(value = CelRules.DURATION, message = CelRules.DURATION_MESSAGE)
            @Nullable
            String udp,

            @JsonPropertyDescription(
                    "For SCTP, in hours, minutes and seconds, at least 65s. Default: 120s. Example: 5m.")
            @Default("120s")
            @Size(max = 32)
            @ValidationRule(value = CelRules.DURATION, message = CelRules.DURATION_MESSAGE)
            @Nullable
            String sctp) {}

    /**
     * Bounds on the numbers asked for (not on slots).
     *
     * @param portsPerClaim the most that one claim may ask for; 0: no limit
     * @param portsPerNamespace the most that the claims of one namespace may hold together; 0: no limit
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Limits(
            @JsonPropertyDescription(
                    "The most ports that one claim may request, the counts of its ports added up; 0 for no limit."
                            + " Default: 64.")
            @Default("64")
            @Min(0)
            @Nullable
            Integer portsPerClaim,

            @JsonPropertyDescription(
                    "The most ports that the claims of one namespace may hold together; 0 for no limit. Default: 0.")
            @Default("0")
            @Min(0)
            @Nullable
            Integer portsPerNamespace) {}

    /** Whether something is kept out of the pool. */
    public enum Policy {
        /** It is never assigned. */
        @JsonProperty("Exclude")
        EXCLUDE,
        /** It may be assigned. */
        @JsonProperty("Ignore")
        IGNORE
    }

    /** How the next port is chosen. */
    public enum Strategy {
        /** The next one after the last given. */
        @JsonProperty("Sequential")
        SEQUENTIAL
    }
}
