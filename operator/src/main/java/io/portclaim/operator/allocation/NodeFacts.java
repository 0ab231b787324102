package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a node's use of its own ports.
 *
 * @param name the node
 * @param ephemeral its ephemeral range as it was reported or annotated ({@code net.ipv4.ip_local_port_range}), or null where it
 *     was not
 * @param reserved the ports that its kernel keeps from automatic choice ({@code net.ipv4.ip_local_reserved_ports})
 * @param windows whether it runs Windows, whose default range differs
 * @param source where the ephemeral range is known from; {@link Source#ASSUMED} exactly where it is null
 * @param unreadable what was said of it that can't be read, at most one of each fact
 */
public record NodeFacts(
        String name,
        @Nullable PortSet ephemeral,
        PortSet reserved,
        boolean windows,
        Source source,
        List<Unreadable> unreadable) {

    public NodeFacts {
        unreadable = List.copyOf(unreadable);
    }

    /** Facts that could all be read. */
    public NodeFacts(String name, @Nullable PortSet ephemeral, PortSet reserved, boolean windows, Source source) {
        this(name, ephemeral, reserved, windows, source, List.of());
    }

    /**
     * A node whose ephemeral range can't be read and was never read before: any of its ports may be ephemeral.
     *
     * @param why what can't be read
     */
    public static NodeFacts unknown(String name, boolean windows, List<Unreadable> why) {
        return new NodeFacts(name, PortSet.ALL, PortSet.EMPTY, windows, Source.UNREADABLE, why);
    }

    /** Where a node's ephemeral range is known from, the best source first. */
    public enum Source {
        /** A report of the agent on the node. */
        REPORTED("reported by its agent"),
        /** An annotation of the node. */
        ANNOTATED("from its annotation"),
        /** Nothing of the node: what its pool assumes, or its operating system's default. */
        ASSUMED("assumed"),
        /** What the node or its agent says can't be read, and nothing was read before: all its ports count as ephemeral. */
        UNREADABLE("cannot be read");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        /** The source as it stands in a message, behind the range of one node. */
        public String text() {
            return text;
        }
    }

    /** Why a fact can't be read; empty where it can. */
    public Optional<String> whyUnreadable(Unreadable.Fact fact) {
        return unreadable.stream()
                .filter(found -> found.fact() == fact)
                .map(Unreadable::why)
                .findFirst();
    }

    /** What can't be read of it and what follows from it, as a sentence; only where there is such a thing. */
    public String describeUnreadable() {
        String consequence = isUnknown()
                ? "none of its ports is assigned until it can be read"
                : whyUnreadable(Unreadable.Fact.EPHEMERAL_RANGE)
                        .map(why -> "the last readable range is used: " + ephemeral)
                        .orElse("no port counts as reserved until it can be read");
        return "node %s: %s; %s"
                .formatted(
                        name, unreadable.stream().map(Unreadable::why).collect(Collectors.joining("; ")), consequence);
    }

    /** Whether nothing is known of its ephemeral range, so that none of its ports is usable. */
    public boolean isUnknown() {
        return source == Source.UNREADABLE;
    }

    /**
     * What two nodes must share that use their ports alike, so that the same ports are usable on both, wherever that is known
     * from, and that what can't be read of them can be said of both.
     */
    public record Profile(
            boolean windows,
            boolean isUnknown,
            List<Unreadable> unreadable,
            PortSet reserved,
            @Nullable PortSet ephemeral) {}

    /** The same of a node without a name, which equals that of each node that is alike. */
    NodeFacts nameless() {
        return new NodeFacts("", ephemeral, reserved, windows, source, unreadable);
    }

    /** How it uses its ports. */
    public Profile profile() {
        return new Profile(windows, isUnknown(), unreadable, reserved, ephemeral);
    }
}
