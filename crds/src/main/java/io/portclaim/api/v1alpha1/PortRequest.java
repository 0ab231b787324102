package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * One named port, or block of ports, that a claim asks for. No field has a default in the schema: in a list item it would
 * look to {@code kubectl apply} and GitOps tools like a change that somebody else made, for ever.
 *
 * @param name a DNS label that starts with a letter, at most 15 characters
 * @param protocol TCP, UDP, SCTP, or TCPUDP for one number on both; absent: TCP
 * @param port this very port or nothing; absent: the pool chooses
 * @param count the length of a contiguous block, 1 to 65535; absent: 1
 * @param alignment the (first) number is a multiple of it, 1 to 64; absent: 1, any number
 */
@ValidationRule(
        value = "!has(self.port) || self.port + (has(self.count) ? self.count : 1) <= 65536",
        message = "the block ends beyond 65535: its last port is port + count - 1, so request a lower port or a"
                + " smaller count")
@ValidationRule(
        value =
                "has(self.protocol) && self.protocol != 'TCP' ? has(oldSelf.protocol) && self.protocol == oldSelf.protocol"
                        + " : !has(oldSelf.protocol) || oldSelf.protocol == 'TCP'",
        fieldPath = ".protocol",
        message = "the protocol of a port cannot be changed: remove the port and add one with another name")
@ValidationRule(
        value = "!has(self.port) || !has(self.alignment) || self.port % self.alignment == 0",
        fieldPath = ".port",
        message = "the port is not a multiple of alignment: request one that is, or change or leave out alignment")
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortRequest(
        @JsonPropertyDescription(
                "Name of the port, unique in the claim: at most 15 lower-case letters, digits and dashes, a letter"
                        + " first, no dash last. The ConfigMap's keys are built from it: http becomes HTTP_PORT."
                        + " Example: http.")
        @Required
        @Size(min = 1, max = 15)
        @ValidationRule(
                value = "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
                message = "not a port name: write at most 15 lower-case letters, digits and dashes, a letter first"
                        + " and no dash last, such as http or game-udp")
        String name,

        @JsonPropertyDescription(
                "What the port is used for: TCP, UDP, SCTP, or TCPUDP for one number that is held on both TCP and"
                        + " UDP. Left out: TCP. Cannot be changed for a port of the same name. Two ports may"
                        + " request the same number on different protocols.")
        @Nullable
        TransportProtocol protocol,

        @JsonPropertyDescription(
                "Exactly this port (of a block: its first one), 1 to 65535. If it is taken, or the pool cannot assign"
                        + " it, no other is assigned: the claim waits, and its Ready condition states why. Left"
                        + " out: the pool chooses. Example: 21080.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer port,

        @JsonPropertyDescription(
                "How many consecutive ports, 1 to 65535; the pool's limits count each of them. Left out: 1. May be"
                        + " increased and decreased later; the first port stays. The block grows when the next"
                        + " ports are free. Until then the claim keeps the ports it has, and its Ready condition"
                        + " states why. Example: 4.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer count,

        @JsonPropertyDescription(
                "The port (of a block: its first one) is a multiple of this, 1 to 64, such as 2 for RTP, which needs"
                        + " an even one. Left out: 1, any port. May be changed later, but no held port is moved: if"
                        + " one does not fit, the claim keeps its ports, and its Ready condition states this."
                        + " Example: 2.")
        @Min(1)
        @Max(64)
        @Nullable
        Integer alignment) {
    /** A port without an alignment. */
    public PortRequest(
            String name, @Nullable TransportProtocol protocol, @Nullable Integer port, @Nullable Integer count) {
        this(name, protocol, port, count, null);
    }
}
