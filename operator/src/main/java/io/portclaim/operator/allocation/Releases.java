package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What claims have let go of: first blocked, while pods still use it, then cooling, then free.
 *
 * <p>Not thread-safe: {@link Allocations} guards it.
 */
final class Releases {
    private final SlotIndex index;
    private final Map<ClaimKey, Set<Release>> byKey = new HashMap<>();
    private final Set<Release> all = new LinkedHashSet<>();

    Releases(SlotIndex index) {
        this.index = index;
    }

    /** Lets {@code release} keep its slots, which must be free. */
    void add(Release release) {
        all.add(release);
        if (release.key() != null) {
            byKey.computeIfAbsent(release.key(), key -> new LinkedHashSet<>()).add(release);
        }
        release.assignment().forEachSlot(slot -> index.take(slot, new Holder.OfRelease(release)));
    }

    /** Frees the slots of {@code release}. */
    void remove(Release release) {
        if (!all.remove(release)) {
            return;
        }
        if (release.key() != null) {
            byKey.computeIfPresent(release.key(), (key, set) -> set.remove(release) && set.isEmpty() ? null : set);
        }
        release.assignment().forEachSlot(slot -> index.free(slot, new Holder.OfRelease(release)));
    }

    /**
     * Begins the cooldown of what no pod uses any more, and frees what has cooled.
     *
     * @return whether anything became free
     */
    boolean advance(Instant now, PodUse use) {
        boolean freed = false;
        for (Release release : List.copyOf(all)) {
            if (release.until() == null) {
                if (!use.stillUses(release)) {
                    remove(release);
                    add(release.coolingFrom(now));
                }
            } else if (!now.isBefore(release.until())) {
                remove(release);
                freed = true;
            }
        }
        return freed;
    }

    /** What the claim named {@code key} held before in {@code pool} at {@code place}, if it is what is asked for now. */
    Optional<Release> returning(ClaimKey key, String pool, String place, PortAsk ask) {
        return byKey.getOrDefault(key, Set.of()).stream()
                .filter(release ->
                        release.pool().equals(pool) && release.place().equals(place))
                .filter(release -> ask.isMetBy(release.grant()))
                .findFirst();
    }

    /** All of them, oldest first. */
    List<Release> all() {
        return new ArrayList<>(all);
    }

    int size() {
        return all.size();
    }
}
