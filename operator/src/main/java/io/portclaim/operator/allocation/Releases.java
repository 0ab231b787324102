package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What claims have let go of: first blocked, while pods still use it or a process listens on it, then cooling, then free.
 *
 * <p>Not thread-safe: {@link Allocations} guards it.
 */
final class Releases {
    private final SlotIndex index;
    private final Listeners listeners;
    private final Map<ClaimKey, Set<Release>> byKey = new HashMap<>();
    private final Set<Release> all = new LinkedHashSet<>();

    Releases(SlotIndex index, Listeners listeners) {
        this.index = index;
        this.listeners = listeners;
    }

    /** Lets {@code release} keep its slots, which no claim and no other release at its place must have. */
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

    /** Lets {@code release} keep those of its slots that no claim has, and no other release at its place. */
    void addWhereFree(Release release) {
        if (mayRest(release)) {
            add(release);
        } else {
            release.singles().stream().filter(this::mayRest).forEach(this::add);
        }
    }

    private boolean mayRest(Release release) {
        return release.assignment().slots().stream()
                .flatMap(slot -> index.obstacles(slot).stream())
                .allMatch(holder -> holder instanceof Holder.OfRelease other
                        && !other.release().place().equals(release.place()));
    }

    /**
     * Takes all from the claim that it has and is not in {@code kept}; it begins its rest.
     *
     * @return how many releases that made
     */
    int letGo(Holding before, Assignment kept, Allocations.Cooldowns cooldowns) {
        Holder holder = new Holder.OfClaim(before.uid());
        Set<Slot> keptSlots = kept.slots();
        int made = 0;
        for (Assignment part : List.of(before.published(), before.current())) {
            for (String place : part.places()) {
                for (PortGrant grant : part.at(place)) {
                    for (PortGrant free : partsToFree(place, grant, holder, keptSlots)) {
                        letGo(before, place, free, cooldowns);
                        made++;
                    }
                }
            }
        }
        return made;
    }

    private void letGo(Holding before, String place, PortGrant grant, Allocations.Cooldowns cooldowns) {
        Release release = new Release(
                before.key(),
                before.pool(),
                before.configMapName(),
                place,
                grant,
                cooldowns.of(before.pool(), grant),
                null);
        release.assignment().forEachSlot(slot -> index.free(slot, new Holder.OfClaim(before.uid())));
        add(release);
    }

    /** The grant as it was, or, where some of its slots stay with the claim, number by number what does not. */
    private List<PortGrant> partsToFree(String place, PortGrant grant, Holder holder, Set<Slot> kept) {
        List<PortGrant> all = grant.singles();
        List<PortGrant> free = all.stream()
                .filter(single -> {
                    Slot slot = new Slot(place, single.protocols().get(0), single.port());
                    return !kept.contains(slot) && holder.equals(index.holder(slot));
                })
                .toList();
        return free.size() == all.size() ? List.of(grant) : free;
    }

    /** Ends the rest of a slot that goes back to the claim name that held it; what was released with it goes on resting. */
    void takeBack(Slot slot, ClaimKey key) {
        if (index.holder(slot) instanceof Holder.OfRelease rest
                && key.equals(rest.release().key())) {
            remove(rest.release());
            rest.release().singles().stream()
                    .filter(single -> !single.assignment().slots().contains(slot))
                    .forEach(this::add);
        }
    }

    /**
     * Begins the cooldown of what no pod uses and no process listens on any more, and frees what has cooled. A node whose agent
     * does not answer keeps what it last reported.
     *
     * @return whether anything became free
     */
    boolean advance(Instant now, PodUse use) {
        boolean freed = false;
        for (Release release : List.copyOf(all)) {
            if (release.until() == null) {
                if (!use.stillUses(release) && !listeners.isListenedOn(release.assignment())) {
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

    /** What the claim named {@code key} held before in {@code pool} at {@code place} and is what is asked for now, newest first. */
    List<PortGrant> returning(ClaimKey key, String pool, String place, PortAsk ask) {
        List<PortGrant> found = byKey.getOrDefault(key, Set.of()).stream()
                .filter(release ->
                        release.pool().equals(pool) && release.place().equals(place))
                .map(Release::grant)
                .filter(ask::isMetBy)
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.reverse(found);
        return found;
    }

    /** All of them, oldest first. */
    List<Release> all() {
        return new ArrayList<>(all);
    }

    int size() {
        return all.size();
    }
}
