package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What must survive the leader, all of one moment.
 *
 * @param at that moment, by the leader's clock: what counts of a release's end is how far it is from there
 * @param pending the claims with a decision that is not published yet
 * @param cursors the last number given, by pool
 * @param releases what is blocked or cools
 * @param held what claims and pods hold
 * @param isOfPods whether pods hold anything, so that only a leader that asks them may follow
 */
public record Snapshot(
        Instant at,
        List<ClaimAllocation> pending,
        Map<String, Integer> cursors,
        List<Release> releases,
        Held held,
        boolean isOfPods) {
    /** The state of a cluster in which nothing was ever given out. */
    public static final Snapshot EMPTY = new Snapshot(Instant.EPOCH, List.of(), Map.of(), List.of(), Held.NOTHING);

    /** The state of a cluster in which no pod holds anything. */
    public Snapshot(
            Instant at,
            List<ClaimAllocation> pending,
            Map<String, Integer> cursors,
            List<Release> releases,
            Held held) {
        this(at, pending, cursors, releases, held, false);
    }

    /** The same where pods hold something, or do not. */
    Snapshot withPods(boolean holdAny) {
        return new Snapshot(at, pending, cursors, releases, held, holdAny);
    }

    /** The {@link ConfigMapId}s of ConfigMaps that may still name what was released from them. */
    Set<Long> namingMaps() {
        return releases.stream()
                .filter(release -> release.isBlocked() && release.namedUntil() == null)
                .map(Release::map)
                .collect(Collectors.toSet());
    }

    /** Whether nothing was ever given out, as far as it says. */
    public boolean isEmpty() {
        return pending.isEmpty() && releases.isEmpty() && held.counts().isEmpty();
    }
}
