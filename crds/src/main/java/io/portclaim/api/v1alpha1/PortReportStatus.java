package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an agent read in its node's network namespace. It holds nothing that changes by itself from one look to the next.
 *
 * @param ephemeralRange {@code net.ipv4.ip_local_port_range}, such as {@code 32768-60999}
 * @param reservedPorts {@code net.ipv4.ip_local_reserved_ports}, a comma list of ports and ranges; null for none
 * @param unprivilegedPortStart {@code net.ipv4.ip_unprivileged_port_start}
 * @param ephemeralPorts how many ports the kernel chooses from: the range without what is reserved
 * @param connectionsPerSecond how many new connections a second to one destination last, at 60 s of TIME_WAIT for each
 * @param listeners where processes listen, as far as the port could be claimed: outside the ephemeral range, or reserved
 * @param reporter the pod that wrote this
 * @param reportedAt when it wrote this, RFC 3339
 * @param conditions EphemeralPortPressure
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortReportStatus(
        @JsonPropertyDescription("The node's ephemeral range, from which its kernel takes ports for outgoing"
                + " connections (net.ipv4.ip_local_port_range). Example: 32768-60999.")
        @Required
        @Pattern("^[0-9]{1,5}-[0-9]{1,5}$")
        @Size(max = 11)
        @ValidationRule(value = CelRules.TWO_ENDS, message = CelRules.TWO_ENDS_MESSAGE)
        String ephemeralRange,

        @JsonPropertyDescription(
                "The ports that the kernel never uses for outgoing connections (net.ipv4.ip_local_reserved_ports):"
                        + " ports and ranges, separated by commas. Absent if there are none. Example:"
                        + " 2703,9808-9809.")
        @Size(max = 16_384)
        @Pattern(PORTS)
        @Nullable
        String reservedPorts,

        @JsonPropertyDescription("The first port that a process may listen on without privileges"
                + " (net.ipv4.ip_unprivileged_port_start). Example: 1024.")
        @Min(0)
        @Max(65_536)
        @Nullable
        Integer unprivilegedPortStart,

        @JsonPropertyDescription(
                "How many ports the kernel can use for outgoing connections: the ephemeral range without the reserved"
                        + " ports. From one local address to one remote address and port, no more connections than"
                        + " that can be open or in TIME_WAIT.")
        @Required
        @Min(0)
        @Max(65_536)
        Integer ephemeralPorts,

        @JsonPropertyDescription(
                "How many new connections a second to one destination the node can sustain. A closed connection keeps"
                        + " its port for 60 s (TIME_WAIT), so this is ephemeralPorts divided by 60.")
        @Required
        @Min(0)
        Integer connectionsPerSecond,

        @JsonPropertyDescription(
                "The ports that processes on the node listen on, on any address, if they are outside the ephemeral"
                        + " range or reserved. Also includes such ports that an outgoing connection still uses"
                        + " because it was opened before the range or the reserved ports changed.")
        @Required
        Listeners listeners,

        @JsonPropertyDescription(
                "The agent's pod that wrote this report. If that pod is gone and no other has replaced it, listeners"
                        + " no longer count.")
        @Required
        Reporter reporter,

        @JsonPropertyDescription(
                "When the agent wrote this report, in RFC 3339. The agent writes only when something changes, so an"
                        + " old time is no sign of trouble. Example: 2026-11-23T09:30:00Z.")
        @Required
        String reportedAt,

        @JsonPropertyDescription(
                "EphemeralPortPressure: connections to one destination use, or used until recently, nearly all ephemeral ports.")
        @Size(max = 16)
        @Nullable
        List<Condition> conditions) {

    /** Ports and ranges with commas between, as the kernel writes ip_local_reserved_ports. */
    static final String PORTS = "^[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*$";

    /**
     * Where processes listen.
     *
     * @param tcp sockets in LISTEN; null for none
     * @param udp sockets that are connected to nobody; null for none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Listeners(
            @JsonPropertyDescription(
                    "TCP ports that processes listen on: ports and ranges, separated by commas. If there are more"
                            + " than 1,000 ranges, those nearest to each other are joined. Example: 22,10248-10250.")
            @Size(max = 16_384)
            @Pattern(PORTS)
            @Nullable
            String tcp,

            @JsonPropertyDescription("UDP ports that processes receive packets on, in the same form. Example: 68,8472.")
            @Size(max = 16_384)
            @Pattern(PORTS)
            @Nullable
            String udp) {}

    /**
     * Who wrote the report.
     *
     * @param namespace its namespace
     * @param name its name
     * @param uid its UID
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Reporter(
            @JsonPropertyDescription("The pod's namespace. Example: portclaim-system.")
            @Required
            @Size(min = 1, max = 63)
            String namespace,

            @JsonPropertyDescription("The pod's name. Example: portclaim-agent-x7k2p.")
            @Required
            @Size(min = 1, max = 253)
            String name,

            @JsonPropertyDescription("The pod's UID.") @Required @Size(min = 1, max = 64)
            String uid) {}
}
