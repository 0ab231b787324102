package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Fills the index with what pods hold, at take-over. What a pod carries counts; what only the ledger says counts for a pod that
 * still waits.
 */
final class PodRecovery {
    /**
     * A pod without a node stands beside those whose nodes it leaves out, who were there before it; beside it nobody is let in. What
     * a pod carries goes before what is only decided.
     */
    private static final Comparator<ClaimAllocation> PRECEDENCE = Comparator.comparing(
                    (ClaimAllocation pod) -> pod.current().places().contains(Place.SOMEWHERE))
            .thenComparing(pod -> pod.published().isEmpty())
            .thenComparing(ClaimAllocation::created)
            .thenComparing(ClaimAllocation::uid);

    private final PortIndex portIndex;
    private final PortIndex.Cooldowns cooldowns;
    private final Instant now;
    private final List<ClaimAllocation> doubled = new ArrayList<>();

    PodRecovery(PortIndex portIndex, PortIndex.Cooldowns cooldowns, Instant now) {
        this.portIndex = portIndex;
        this.cooldowns = cooldowns;
        this.now = now;
    }

    /**
     * Restores the pods that wait for ports or carry them.
     *
     * @param found every such pod, with what it carries as {@linkplain ClaimAllocation#published() published}
     * @param entries the ledger's entries of pods
     * @return the pods that carry a number which somebody else holds at that place
     */
    List<ClaimAllocation> restore(List<ClaimAllocation> found, List<ClaimAllocation> entries) {
        Map<String, ClaimAllocation> decided =
                entries.stream().collect(Collectors.toMap(ClaimAllocation::uid, Function.identity()));
        found.stream()
                .map(pod -> withEntry(pod, decided.get(pod.uid())))
                .filter(pod -> !pod.current().isEmpty())
                .sorted(PRECEDENCE)
                .forEach(this::put);
        return List.copyOf(doubled);
    }

    private static ClaimAllocation withEntry(ClaimAllocation pod, @Nullable ClaimAllocation entry) {
        return entry == null || !pod.published().isEmpty() ? pod : pod.deciding(entry.current(), 0);
    }

    private void put(ClaimAllocation pod) {
        if (portIndex.firstHeldByOthers(pod.uid(), pod.current()).isPresent()) {
            doubled.add(pod);
        } else {
            portIndex.put(pod);
        }
    }

    /**
     * Blocks what the entries of pods that are gone have: they may have had a node by then, and processes that still run, for
     * their grace after a forced deletion. To be
     * called once the ledger's releases are restored.
     */
    void blockGone(List<ClaimAllocation> found, List<ClaimAllocation> entries) {
        List<String> there = found.stream().map(ClaimAllocation::uid).toList();
        entries.stream()
                .filter(entry -> !there.contains(entry.uid()))
                .forEach(entry -> entry.current()
                        .byPlace()
                        .forEach((place, grants) -> grants.forEach(grant -> {
                            Duration cooldown =
                                    cooldowns.of(entry.pool(), grant).plus(PodEnd.DEFAULT_GRACE);
                            portIndex.blockWhereFree(
                                    new Release(null, entry.map(), entry.pool(), place, grant, cooldown, now, null));
                        })));
    }

    /** Keeps decisions of earlier leaders from being published as long as {@code release} may be in use, nobody knows where. */
    void holdBackFrom(Release release) {
        if (Place.isNode(release.place())) {
            return;
        }
        for (ClaimAllocation pod : portIndex.pods().all()) {
            Optional<Slot> shared = Optional.ofNullable(pod.pending())
                    .flatMap(
                            pending -> pending.firstSlot(slot -> release.grant().covers(slot.protocol(), slot.port())));
            shared.ifPresent(slot -> portIndex.pods().holdBack(pod.uid(), now.plus(release.cooldown())));
        }
    }
}
