package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * A port, or block of ports, that a claim holds.
 *
 * @param name the name in the claim's spec
 * @param protocol the protocol it is held on
 * @param port the (first) number
 * @param endPort the last number of a block; absent for a single port
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AssignedPort(
        @JsonPropertyDescription("The port's name in spec.ports. Example: http.") @Required @Size(min = 1, max = 15)
        String name,

        @JsonPropertyDescription("The protocol that the number is held on: TCP, UDP, SCTP, or TCPUDP for both.")
        @Required
        TransportProtocol protocol,

        @JsonPropertyDescription("The number; of a block, the first one. Example: 21080.") @Required @Min(1) @Max(65535)
        Integer port,

        @JsonPropertyDescription("The last number of a block; left out for a single port. Example: 21083.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer endPort) {}
