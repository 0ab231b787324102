package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.PortSet;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a node's use of its own ports.
 *
 * @param name the node
 * @param ephemeral its ephemeral range as the node told it ({@code net.ipv4.ip_local_port_range}), or null where it has
 *     not
 * @param reserved the ports that its kernel keeps from automatic choice ({@code net.ipv4.ip_local_reserved_ports})
 * @param windows whether it runs Windows, whose default range differs
 * @param source where the ephemeral range is known from; {@link Source#ASSUMED} exactly where it is null
 */
public record NodeFacts(String name, @Nullable PortSet ephemeral, PortSet reserved, boolean windows, Source source) {

    /** Where a node's ephemeral range is known from, the best source first. */
    public enum Source {
        /** A report of the agent on the node. */
        REPORTED("reported by its agent"),
        /** An annotation of the node. */
        ANNOTATED("told by its annotation"),
        /** Nothing of the node: what its pool assumes, or its operating system's default. */
        ASSUMED("assumed");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        /** The source as it stands in a message, behind the range of one node. */
        public String text() {
            return text;
        }
    }

    /** How many of {@code nodes} there are of each source; a source that is missing has none. */
    public static Map<Source, Long> bySource(Collection<NodeFacts> nodes) {
        return nodes.stream().collect(Collectors.groupingBy(NodeFacts::source, Collectors.counting()));
    }

    /** Whether both nodes use their ports alike, so that the same ports are usable on both, wherever that is known from. */
    public boolean likeness(NodeFacts other) {
        return windows == other.windows
                && reserved.equals(other.reserved)
                && (ephemeral == null ? other.ephemeral == null : ephemeral.equals(other.ephemeral));
    }
}
