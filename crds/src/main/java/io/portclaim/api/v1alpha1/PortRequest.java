package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * One named port, or block of ports, that a claim asks for.
 *
 * @param name a DNS label that starts with a letter, at most 15 characters
 * @param protocol TCP (the default), UDP, SCTP, or TCPUDP for one number on both
 * @param port this very port or nothing; absent: the pool chooses
 * @param count the length of a contiguous block; default 1
 */
@ValidationRule(
        value = "!has(self.port) || self.port + self.count <= 65536",
        message = "the block ends beyond 65535: its last port is port + count - 1, so ask for a lower port or a smaller"
                + " count")
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortRequest(
        @JsonPropertyDescription(
                "Name of the port, unique in the claim: at most 15 lower-case letters, digits and dashes, a letter"
                        + " first, no dash last. The ConfigMap's keys are made from it: http gives HTTP_PORT. Example:"
                        + " http.")
        @Required
        @Size(min = 1, max = 15)
        @ValidationRule(
                value = "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
                message = "not a port name: write at most 15 lower-case letters, digits and dashes, a letter first"
                        + " and no dash last, such as http or game-udp")
        String name,

        @JsonPropertyDescription(
                "What the port is used for: TCP, UDP, SCTP, or TCPUDP for one number that is held on both TCP and"
                        + " UDP. Default: TCP. Cannot be changed for a port of the same name.")
        @Default("TCP")
        @ValidationRule(
                value = "self == oldSelf",
                message = "the protocol of a port cannot be changed: remove the port and add one with another name")
        TransportProtocol protocol,

        @JsonPropertyDescription(
                "This very port (of a block: its first one), 1 to 65535, or nothing: if it is taken, or the pool may"
                        + " not give it out, the claim waits and its Ready condition says why. Left out: the pool"
                        + " chooses. Example: 21080.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer port,

        @JsonPropertyDescription(
                "How many ports in a row, 1 to 65535; the pool's limits count each of them. Default: 1. Cannot be"
                        + " changed for a port of the same name.")
        @Default("1")
        @Min(1)
        @Max(65535)
        @ValidationRule(
                value = "self == oldSelf",
                message = "the count of a port cannot be changed: remove the port and add one with another name")
        Integer count) {}
