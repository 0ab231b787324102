package io.portclaim.operator.faults;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which holders have which slots, by number and then by place: a place may be every node. A holder is a claim's status or a
 * ConfigMap; what several of them hold for one claim they hold together.
 */
final class Holders {
    private record Holder(String id, String claim) {}

    private final Map<String, Map<String, Set<Holder>>> holders = new HashMap<>();

    /** {@code id} held {@code before} and holds {@code now}, for the claim of this namespace/name. */
    void hold(String id, String claim, Set<Grant.Slot> before, Set<Grant.Slot> now) {
        Holder holder = new Holder(id, claim);
        for (Grant.Slot slot : before) {
            if (!now.contains(slot)) {
                places(slot)
                        .computeIfPresent(
                                slot.place(),
                                (place, present) -> present.remove(holder) && present.isEmpty() ? null : present);
            }
        }
        now.forEach(slot -> places(slot)
                .computeIfAbsent(slot.place(), key -> new HashSet<>())
                .add(holder));
    }

    private Map<String, Set<Holder>> places(Grant.Slot slot) {
        return holders.computeIfAbsent(slot.protocol() + slot.port(), key -> new HashMap<>());
    }

    /** Whether anything holds this very slot for the claim. */
    boolean isHeldFor(Grant.Slot slot, String claim) {
        return places(slot).getOrDefault(slot.place(), Set.of()).stream()
                .anyMatch(holder -> holder.claim.equals(claim));
    }

    /** Who holds, for another claim, the same number at a place that {@code slot} covers or is covered by. */
    Set<String> others(Grant.Slot slot, String claim) {
        return places(slot).entrySet().stream()
                .filter(entry -> entry.getKey().equals(slot.place())
                        || entry.getKey().equals(Grant.EVERYWHERE)
                        || slot.place().equals(Grant.EVERYWHERE))
                .flatMap(entry -> entry.getValue().stream())
                .filter(holder -> !holder.claim.equals(claim))
                .map(Holder::id)
                .collect(Collectors.toSet());
    }
}
