package io.portclaim.operator.node;

import io.portclaim.operator.allocation.Unreadable;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ephemeral ranges that agents report, damped, on their way to {@link Nodes}. Not thread-safe. */
final class ReportedRanges {
    private static final Logger LOG = LoggerFactory.getLogger(ReportedRanges.class);

    private final Nodes nodes;
    private final Map<String, OfNode> byNode = new HashMap<>();
    /** The nodes of which another range may count when time has passed. */
    private final Set<String> flapping = new HashSet<>();

    /**
     * One node's.
     *
     * @param range null while nothing of it could be read
     * @param unreadable what can't be read of what was said last
     * @param nodeUid the UID of the node that it is said of; null where whoever wrote it did not say
     */
    private record OfNode(
            @Nullable DampedRange range,
            List<Unreadable> unreadable,
            @Nullable String nodeUid) {}

    ReportedRanges(Nodes nodes) {
        this.nodes = nodes;
    }

    /** The node's agent says this. */
    void say(String node, ReadReport read, Instant at) {
        DampedRange.Settings said = nodes.unique(new DampedRange.Settings(read.ephemeral(), read.reserved()));
        OfNode known = byNode.get(node);
        // What an earlier machine of the name has said is not to be held against this one.
        DampedRange range = known != null && Objects.equals(known.nodeUid, read.nodeUid()) ? known.range : null;
        if (range == null) {
            range = new DampedRange(said);
        }
        say(node, range, said, at);
        count(node, new OfNode(range, read.unreadable(), read.nodeUid()));
    }

    /**
     * What the node's agent says can't be read. What could be read last from the same machine counts on; where there is no such
     * thing, nothing is known of the node, whatever its annotations say: the agent knows better than they do.
     */
    void sayUnreadable(String node, @Nullable String nodeUid, Unreadable why) {
        OfNode known = byNode.get(node);
        DampedRange range = known != null && Objects.equals(known.nodeUid, nodeUid) ? known.range : null;
        count(node, new OfNode(range, List.of(why), nodeUid));
    }

    private static void say(String node, DampedRange range, DampedRange.Settings said, Instant at) {
        boolean wasFlapping = range.isFlapping();
        DampedRange.Settings counted = range.say(said, at);
        if (range.isFlapping() && !wasFlapping) {
            LOG.warn(
                    "Node {}: its ephemeral range has changed more than {} times in {} min; until it has been unchanged for that long, every range that it has had counts as ephemeral: {}",
                    node,
                    DampedRange.FREE_CHANGES,
                    DampedRange.STILL.toMinutes(),
                    counted.ephemeral());
        }
    }

    private void count(String node, OfNode said) {
        byNode.put(node, said);
        if (said.range != null && said.range.isFlapping()) {
            flapping.add(node);
        } else {
            flapping.remove(node);
        }
        nodes.reported(
                node,
                new Nodes.Reported(said.range == null ? null : said.range.counted(), said.unreadable, said.nodeUid));
    }

    /** Nobody says anything of the node any more. */
    void forget(String node) {
        byNode.remove(node);
        flapping.remove(node);
        nodes.notReported(node);
    }

    /** Lets time pass. */
    void advance(Instant now) {
        for (String node : List.copyOf(flapping)) {
            OfNode known = byNode.get(node);
            if (known != null && known.range != null && known.range.settle(now)) {
                count(node, known);
            } else if (known == null || known.range == null || !known.range.isFlapping()) {
                flapping.remove(node);
            }
        }
    }
}
