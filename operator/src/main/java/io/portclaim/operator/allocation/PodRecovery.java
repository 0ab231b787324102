package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fills the index with what pods hold, at take-over. What a pod carries counts; what only the ledger says counts for a pod that
 * still waits.
 */
final class PodRecovery {
    private final PortIndex portIndex;
    private final PortIndex.Cooldowns cooldowns;
    private final Instant now;
    private final List<ClaimAllocation> doubled = new ArrayList<>();
    private final List<ClaimAllocation> superseded = new ArrayList<>();

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
        Map<String, ClaimAllocation> undecided = new HashMap<>();
        found.stream()
                .sorted(Comparator.comparing(ClaimAllocation::created).thenComparing(ClaimAllocation::uid))
                .forEach(pod -> {
                    if (pod.published().isEmpty()) {
                        undecided.put(pod.uid(), pod);
                    } else if (portIndex
                            .firstHeldByOthers(pod.uid(), pod.published())
                            .isPresent()) {
                        doubled.add(pod);
                    } else {
                        portIndex.put(pod);
                    }
                });
        for (ClaimAllocation entry : entries) {
            ClaimAllocation pod = undecided.get(entry.uid());
            if (pod != null
                    && portIndex.firstHeldByOthers(pod.uid(), entry.current()).isEmpty()) {
                portIndex.put(pod.deciding(entry.current(), 0));
            } else if (pod != null) {
                superseded.add(entry);
            }
        }
        return List.copyOf(doubled);
    }

    /** Entries whose numbers others hold, as where the ledger is older than what pods and claims say. */
    List<ClaimAllocation> superseded() {
        return List.copyOf(superseded);
    }

    /**
     * Blocks what the entries of pods that are gone have: they may have had a node by then, and processes that still run. To be
     * called once the ledger's releases are restored.
     */
    void blockGone(List<ClaimAllocation> found, List<ClaimAllocation> entries) {
        List<String> there = found.stream().map(ClaimAllocation::uid).toList();
        entries.stream()
                .filter(entry -> !there.contains(entry.uid()))
                .forEach(entry -> entry.current()
                        .byPlace()
                        .forEach((place, grants) -> grants.forEach(grant -> {
                            Duration cooldown = cooldowns.of(entry.pool(), grant);
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
