package io.portclaim.operator.node;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ephemeral ranges that agents report, damped, on their way to {@link Nodes}. Not thread-safe. */
final class ReportedRanges {
    private static final Logger LOG = LoggerFactory.getLogger(ReportedRanges.class);

    private final Nodes nodes;
    private final Map<String, OfNode> byNode = new HashMap<>();

    /**
     * One node's.
     *
     * @param nodeUid the UID of the node that it is said of; null where whoever wrote it did not say
     */
    private record OfNode(DampedRange range, @Nullable String nodeUid) {}

    ReportedRanges(Nodes nodes) {
        this.nodes = nodes;
    }

    /** The node's agent says this. */
    void say(String node, PortReport read, Instant at) {
        DampedRange.Settings said = nodes.unique(new DampedRange.Settings(read.ephemeral(), read.reserved()));
        OfNode known = byNode.get(node);
        // What an earlier machine of the name has said is not to be held against this one.
        if (known == null || !Objects.equals(known.nodeUid, read.nodeUid())) {
            known = new OfNode(new DampedRange(said), read.nodeUid());
            byNode.put(node, known);
        }
        say(node, known, said, at);
    }

    /** What the node's agent says can't be read. That is a change like any other: else it would make a restless range forgotten. */
    void sayNothing(String node, Instant at) {
        OfNode known = byNode.get(node);
        if (known == null) {
            nodes.notReported(node);
        } else {
            say(node, known, null, at);
        }
    }

    private void say(String node, OfNode known, DampedRange.@Nullable Settings said, Instant at) {
        boolean wasRestless = known.range.isRestless();
        DampedRange.Settings counted = known.range.say(said, at);
        if (known.range.isRestless() && !wasRestless) {
            LOG.warn(
                    "Node {}: its ephemeral range has changed more than {} times in {} min; until it has stood still for as long, all that it has been counts: {}",
                    node,
                    DampedRange.FREE_CHANGES,
                    DampedRange.STILL.toMinutes(),
                    counted == null ? "none" : counted.ephemeral());
        }
        count(node, counted, known.nodeUid);
    }

    private void count(String node, DampedRange.@Nullable Settings counted, @Nullable String nodeUid) {
        if (counted == null) {
            nodes.notReported(node);
        } else {
            nodes.reported(node, counted, nodeUid);
        }
    }

    /** Nobody says anything of the node any more. */
    void forget(String node) {
        byNode.remove(node);
        nodes.notReported(node);
    }

    /** Lets time pass. */
    void advance(Instant now) {
        byNode.forEach((node, known) -> {
            if (known.range.settle(now)) {
                count(node, known.range.counted(), known.nodeUid);
            }
        });
    }
}
