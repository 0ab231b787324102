package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What must survive the leader, all of one moment.
 *
 * @param at that moment, by the leader's clock: what counts of a release's end is how far it is from there
 * @param pending the claims with a decision that is not published yet
 * @param cursors the last number given, by pool
 * @param releases what is blocked or cools
 * @param held what claims hold
 */
public record Snapshot(
        Instant at, List<ClaimAllocation> pending, Map<String, Integer> cursors, List<Release> releases, Held held) {
    /** The state of a cluster in which nothing was ever given out. */
    public static final Snapshot EMPTY = new Snapshot(Instant.EPOCH, List.of(), Map.of(), List.of(), Held.NOTHING);

    /** Whether nothing was ever given out, as far as it says. */
    public boolean isEmpty() {
        return pending.isEmpty() && releases.isEmpty() && held.counts().isEmpty();
    }
}
