package io.portclaim.operator.faults;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Which live claims hold which slots, by number and then by place: a place may be every node. */
final class Holders {
    private final Map<String, Map<String, Set<String>>> uids = new HashMap<>();

    /** The claim {@code uid} held {@code before} and holds {@code now}. */
    void hold(String uid, Set<Grant.Slot> before, Set<Grant.Slot> now) {
        for (Grant.Slot slot : before) {
            if (!now.contains(slot)) {
                places(slot)
                        .computeIfPresent(
                                slot.place(),
                                (place, holders) -> holders.remove(uid) && holders.isEmpty() ? null : holders);
            }
        }
        now.forEach(slot -> places(slot)
                .computeIfAbsent(slot.place(), key -> new HashSet<>())
                .add(uid));
    }

    private Map<String, Set<String>> places(Grant.Slot slot) {
        return uids.computeIfAbsent(slot.protocol() + slot.port(), key -> new HashMap<>());
    }

    /** The claims other than {@code uid} that hold the same number at a place that {@code slot} covers or is covered by. */
    Set<String> others(Grant.Slot slot, String uid) {
        Set<String> others = new HashSet<>();
        places(slot).forEach((place, holders) -> {
            if (place.equals(slot.place())
                    || place.equals(Grant.EVERYWHERE)
                    || slot.place().equals(Grant.EVERYWHERE)) {
                others.addAll(holders);
            }
        });
        others.remove(uid);
        return others;
    }
}
