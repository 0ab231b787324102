package io.portclaim.operator.node;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
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
        DampedRange range = known == null ? new DampedRange(said) : known.range;
        byNode.put(node, new OfNode(range, read.nodeUid()));
        boolean wasRestless = range.isRestless();
        DampedRange.Settings counted = range.say(said, at);
        if (range.isRestless() && !wasRestless) {
            LOG.warn(
                    "Node {}: its ephemeral range has changed more than {} times in {} min; until it has stood still for as long, all that it has been counts: {}",
                    node,
                    DampedRange.FREE_CHANGES,
                    DampedRange.STILL.toMinutes(),
                    counted.ephemeral());
        }
        nodes.reported(node, counted, read.nodeUid());
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
                nodes.reported(node, known.range.counted(), known.nodeUid);
            }
        });
    }
}
