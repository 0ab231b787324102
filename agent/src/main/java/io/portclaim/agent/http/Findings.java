package io.portclaim.agent.http;

import io.portclaim.agent.census.NodeUse;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's metrics show. Immutable.
 *
 * @param node the node's name
 * @param use what the last look that succeeded has found; null before the first
 * @param pressure whether EphemeralPortPressure holds
 * @param topDestinations how many destinations are named
 * @param writes writes of the report that succeeded
 * @param failures how often something kept the report from being read or written, or the token did not say for which node
 * @param looks looks at settings and sockets that succeeded
 * @param failedLooks those that did not
 * @param lookNanos the CPU time that both took, in ns
 */
public record Findings(
        String node,
        @Nullable NodeUse use,
        boolean pressure,
        int topDestinations,
        long writes,
        long failures,
        long looks,
        long failedLooks,
        long lookNanos) {}
