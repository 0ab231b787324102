package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * What must survive the leader, all of one moment.
 *
 * @param pending the claims with a decision that is not published yet
 * @param cursors the last number given, by pool
 * @param releases what rests
 * @param held the numbers that a claim holds anywhere, by protocol
 */
public record Snapshot(
        List<Holding> pending, Map<String, Integer> cursors, List<Release> releases, Map<Protocol, BitSet> held) {
    /** The state of a cluster in which nothing was ever given out. */
    public static final Snapshot EMPTY = new Snapshot(List.of(), Map.of(), List.of(), Map.of());
}
