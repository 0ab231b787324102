package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What claims have released: blocked while a ConfigMap names it, a pod uses it or a process listens on it, then cooling, then
 * free. What is used while it cools is blocked again: a pod may be seen late.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class CoolingPorts {
    private final SlotIndex index;
    private final Listeners listeners;
    private final Map<ClaimKey, Set<Release>> byKey = new HashMap<>();
    private final Map<Long, Set<Release>> byMap = new HashMap<>();
    private final Set<Release> all = new LinkedHashSet<>();
    private final QueuedReleases queued = new QueuedReleases();
    private final ReleasedNumbers numbers = new ReleasedNumbers();
    private long changes;

    CoolingPorts(SlotIndex index, Listeners listeners) {
        this.index = index;
        this.listeners = listeners;
    }

    /** How many numbers they are, by namespace. */
    ReleasedNumbers numbers() {
        return numbers;
    }

    /** Lets {@code release} keep its slots, which no claim and no other release at its place must have. */
    void add(Release release) {
        if (!all.contains(release)) {
            changes++;
            put(release);
        }
    }

    private void put(Release release) {
        all.add(release);
        numbers.add(release);
        if (release.key() != null) {
            byKey.computeIfAbsent(release.key(), key -> new LinkedHashSet<>()).add(release);
        }
        byMap.computeIfAbsent(release.map(), map -> new LinkedHashSet<>()).add(release);
        Holder holder = new Holder.OfRelease(release);
        release.assignment().forEachSlot(slot -> index.take(slot, holder));
    }

    /** Frees the slots of {@code release}. */
    void remove(Release release) {
        if (!all.remove(release)) {
            return;
        }
        numbers.remove(release);
        if (release.key() != null) {
            byKey.computeIfPresent(release.key(), (key, set) -> set.remove(release) && set.isEmpty() ? null : set);
        }
        byMap.computeIfPresent(release.map(), (map, set) -> set.remove(release) && set.isEmpty() ? null : set);
        Holder holder = new Holder.OfRelease(release);
        release.assignment().forEachSlot(slot -> index.free(slot, holder));
    }

    private void replace(Release release, Release next) {
        if (!release.equals(next)) {
            remove(release);
            add(next);
        }
    }

    /**
     * Lets {@code release} keep those of its slots that no claim has. Where another release of the same ConfigMap has one already,
     * that one is blocked again: it ends no sooner than {@code release} would, and when it was named last is the later of both.
     * After one of another ConfigMap it has its turn.
     */
    void addWhereFree(Release release) {
        if (mayStay(release)) {
            add(release);
            return;
        }
        for (Release single : release.singles()) {
            Slot slot = single.assignment().firstSlot(any -> true).orElseThrow();
            if (mayStay(single)) {
                add(single);
            } else if (index.atIndexOf(slot) instanceof Holder.OfRelease present) {
                boolean endsByItself = single.place().equals(Place.SOMEWHERE) && single.namedUntil() != null;
                if (present.release().map() == single.map() || endsByItself) {
                    outlast(present.release(), single);
                } else if (queued.add(single)) {
                    changes++;
                }
            } else if (index.isHeldSomewhere(slot) && !Place.isNode(single.place()) && queued.add(single)) {
                // A pod without a node keeps it from all others meanwhile.
                changes++;
            }
        }
    }

    /** Lets {@code release} keep its slots where nobody has any of them. */
    void addIfFree(Release release) {
        if (mayStay(release)) {
            add(release);
        }
    }

    /** Ends what was kept only for a claim to come that publishes in the ConfigMap {@code map}. */
    void endKept(long map, Instant now) {
        List.copyOf(byMap.getOrDefault(map, Set.of())).stream()
                .filter(release -> Release.NOBODY_HAS_READ_IT.equals(release.namedUntil()))
                .forEach(release -> replace(release, release.coolingUntil(now)));
    }

    private boolean mayStay(Release release) {
        Holder holder = new Holder.OfRelease(release);
        return release.assignment()
                .firstSlot(slot -> !index.mayTake(slot, holder))
                .isEmpty();
    }

    /** Of {@code present}, the slot of {@code later} stays for as long as either would have it. */
    private void outlast(Release present, Release later) {
        Instant named = present.namedUntil() == null || later.namedUntil() == null
                ? null
                : Collections.max(List.of(present.namedUntil(), later.namedUntil()));
        boolean longer = later.isBlocked() && !present.isBlocked();
        if (!longer && Objects.equals(named, present.namedUntil())) {
            return;
        }
        remove(present);
        for (Release single : present.singles()) {
            boolean same = single.grant().port() == later.grant().port()
                    && single.grant().transport() == later.grant().transport();
            add(same ? (longer ? single.blocked() : single).named(named) : single);
        }
    }

    /**
     * Takes all from the claim that it has and is not in {@code kept}.
     *
     * @param namedUntil since when its ConfigMap names that no more; null while it may
     */
    void release(ClaimAllocation before, Assignment kept, PortIndex.Cooldowns cooldowns, @Nullable Instant namedUntil) {
        Holder holder = new Holder.OfClaim(before.uid());
        long map = before.map();
        for (Assignment part : List.of(before.published(), before.current())) {
            for (String place : part.places()) {
                for (PortGrant grant : part.at(place)) {
                    for (PortGrant free : partsToFree(place, grant, holder, kept)) {
                        Release release = new Release(
                                before.key(),
                                map,
                                before.pool(),
                                place,
                                free,
                                cooldowns.of(before.pool(), free),
                                namedUntil,
                                null);
                        release.assignment().forEachSlot(slot -> index.free(slot, holder));
                        add(release);
                    }
                }
            }
        }
    }

    /** The grant as it was, or, where some of its slots stay with the claim, what does not, by protocol. */
    private List<PortGrant> partsToFree(String place, PortGrant grant, Holder holder, Assignment kept) {
        if (kept.at(place).contains(grant)) {
            return List.of();
        }
        Predicate<Slot> stays = slot -> kept.holds(slot) || !holder.equals(index.holder(slot));
        if (Assignment.at(place, List.of(grant)).firstSlot(stays).isEmpty()) {
            return List.of(grant);
        }
        return runs(grant.singles().stream()
                .filter(single -> !stays.test(new Slot(place, single.protocols().get(0), single.port())))
                .toList());
    }

    /** Single numbers as blocks, each on one protocol: what a block gives back at its end is one release, however long it is. */
    private static List<PortGrant> runs(List<PortGrant> singles) {
        List<PortGrant> runs = new ArrayList<>();
        singles.stream()
                .sorted(Comparator.comparing(PortGrant::transport).thenComparingInt(PortGrant::port))
                .forEach(single -> {
                    PortGrant last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
                    if (last != null
                            && last.transport() == single.transport()
                            && last.lastPort() + 1 == single.port()) {
                        runs.set(
                                runs.size() - 1,
                                new PortGrant(last.name(), last.transport(), last.port(), last.count() + 1));
                    } else {
                        runs.add(single);
                    }
                });
        return runs;
    }

    /** Whether the release of another ConfigMap waits for {@code slot}, so that it can't go back to {@code request} at once. */
    boolean isAwaitedByOthers(Slot slot, Request request) {
        return queued.keeps(slot, request);
    }

    /** Ends the release of a slot that goes back to the claim name that held it; what was released with it stays released. */
    void takeBack(Slot slot, Request request) {
        if (index.holder(slot) instanceof Holder.OfRelease present
                && present.release().returnsTo(request)) {
            remove(present.release());
            listeners.endExcuse(slot);
            present.release().singles().stream()
                    .filter(single -> !single.assignment().holds(slot))
                    .forEach(this::add);
        }
    }

    /** What an earlier claim or pod of the request's name has released and goes back to it, wherever that is. */
    Set<Release> coolingOf(Request request) {
        return byKey.getOrDefault(request.key(), Set.of()).stream()
                .filter(release -> release.returnsTo(request))
                .collect(Collectors.toSet());
    }

    /** As {@link #takeBack}, of the numbers of {@code assignment} wherever they were released. */
    void takeBackAnywhere(Request request, Assignment assignment) {
        Set<String> places = coolingOf(request).stream().map(Release::place).collect(Collectors.toSet());
        places.forEach(place ->
                assignment.forEachSlot(slot -> takeBack(new Slot(place, slot.protocol(), slot.port()), request)));
    }

    /** Whether anything that came from {@code pool}, or of which nobody knows where it came from, is blocked or cools. */
    boolean hasOfPool(String pool) {
        return all().stream()
                .filter(release -> !Release.NOBODY_HAS_READ_IT.equals(release.namedUntil()))
                .anyMatch(
                        release -> release.pool().equals(pool) || release.pool().isEmpty());
    }

    /** Records that the ConfigMap {@code map} names none of its releases any more, since {@code since}. */
    void namesNoMore(long map, Instant since) {
        List.copyOf(byMap.getOrDefault(map, Set.of())).stream()
                .filter(release -> release.namedUntil() == null)
                .forEach(release -> replace(release, release.named(since)));
        if (queued.namesNoMore(map, since)) {
            changes++;
        }
    }

    /** Records that the ConfigMap {@code map} may name all of its releases again. */
    void mayNameAgain(long map) {
        List.copyOf(byMap.getOrDefault(map, Set.of()))
                .forEach(release -> replace(release, release.blocked().named(null)));
        if (queued.mayNameAgain(map)) {
            changes++;
        }
    }

    /** Whether the ConfigMap {@code map} may still name any of its releases. */
    boolean mayName(long map) {
        return queued.mayName(map)
                || byMap.getOrDefault(map, Set.of()).stream().anyMatch(release -> release.namedUntil() == null);
    }

    /** Whether something of the ConfigMap {@code map} is not free yet. */
    boolean hasOf(long map) {
        return byMap.containsKey(map) || queued.hasOf(map);
    }

    /**
     * Begins the cooldown of what nobody uses any more, blocks again what is used, and frees what has cooled. A node whose
     * agent does not answer keeps what it last reported.
     *
     * @return whether anything became free
     */
    boolean advance(Instant now, PodUse use) {
        boolean freed = false;
        listeners.advance();
        for (Release release : List.copyOf(all)) {
            if (isUsed(release, use)) {
                replace(release, release.blocked());
            } else if (release.until() == null) {
                // Counts as no change: a later leader that knows it as blocked begins its cooldown again.
                remove(release);
                put(release.coolingFrom(now));
            } else if (!now.isBefore(release.until())) {
                remove(release);
                freed = true;
            }
        }
        beginQueued();
        return freed;
    }

    /** Begins those that had to wait for a slot that is free now. */
    void beginQueued() {
        queued.removeIf(this::mayStay).forEach(this::addWhereFree);
    }

    private boolean isUsed(Release release, PodUse use) {
        if (release.namedUntil() == null) {
            return true;
        }
        if (!release.place().equals(Place.SOMEWHERE)) {
            return use.stillUses(release) || listeners.isListenedOn(release.assignment());
        }
        // It was held on one node. Where somebody may use it, it stays; elsewhere it need not.
        Set<String> places = new TreeSet<>(use.usedAt(release));
        release.assignment().forEachSlot(slot -> places.addAll(listeners.listening(slot)));
        boolean anywhere = places.remove(Place.EVERYWHERE);
        places.forEach(place -> addWhereFree(release.at(place).blocked()));
        return anywhere;
    }

    /**
     * What a claim of the name held before in this pool at {@code place}, at the length that is asked for now, newest first: its
     * first number returns, whatever became of its length.
     */
    List<PortGrant> returning(Request request, String place, RequestedPort requested) {
        Set<Release> byItsMap = byMap.isEmpty()
                ? Set.of()
                : byMap.getOrDefault(ConfigMapId.of(request.key().namespace(), request.configMapName()), Set.of());
        List<PortGrant> found = new ArrayList<>();
        Stream.concat(byKey.getOrDefault(request.key(), Set.of()).stream(), byItsMap.stream())
                .distinct()
                .filter(release -> release.returnsTo(request) && release.place().equals(place))
                .map(release -> named(release.grant(), requested))
                .filter(grant -> requested.isContinuedBy(grant)
                        && requested.isAligned(grant.port())
                        && requested.fitsAt(grant.port()))
                .forEach(found::add);
        // A block goes after what it gave back at its end, so its first number is the newer one.
        Collections.reverse(found);
        return found.stream()
                .map(grant -> requested.at(grant.port()))
                .distinct()
                .toList();
    }

    /** A grant whose name is not known any more may have been this one. */
    private static PortGrant named(PortGrant grant, RequestedPort requested) {
        return grant.name().isEmpty()
                        && grant.count() == requested.count()
                        && grant.transport() == requested.transport()
                ? requested.at(grant.port())
                : grant;
    }

    /** All of them, oldest first, and then those that have to wait for another. */
    List<Release> all() {
        List<Release> releases = new ArrayList<>(all);
        releases.addAll(queued.all());
        return releases;
    }

    int size() {
        return all.size() + queued.all().size();
    }

    /**
     * Grows with each change that a later leader must know, so as not to free a port too early: a release, or one that is blocked
     * again. A few others count too.
     */
    long changes() {
        return changes;
    }
}
