package io.portclaim.operator.allocation;

/**
 * Text about a node that can't be read.
 *
 * @param fact what it would have said
 * @param why where it stands, what it is, and what to write instead, as a sentence about the node: {@code its annotation …
 *     can't be read: …}
 */
public record Unreadable(Fact fact, String why) {
    /** What is asked about a node. */
    public enum Fact {
        /** Its ephemeral range. What was read last counts; where nothing was, no port of the node is usable. */
        EPHEMERAL_RANGE,
        /** The ports that its kernel reserves. While they can't be read, none is. */
        RESERVED_PORTS
    }
}
