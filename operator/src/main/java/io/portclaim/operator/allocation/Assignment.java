package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * All that a claim holds, by place. Immutable. Places that have the same grants share one list of them: a claim on hundreds
 * of nodes mostly has the same numbers on each.
 *
 * @param byPlace the grants at each place, never an empty list
 */
public record Assignment(SortedMap<String, List<PortGrant>> byPlace) {
    /** Nothing held. */
    public static final Assignment NONE = new Assignment(new TreeMap<>());

    public Assignment {
        SortedMap<String, List<PortGrant>> copy = new TreeMap<>();
        Map<List<PortGrant>, List<PortGrant>> known = new HashMap<>();
        List<PortGrant> last = List.of();
        for (Map.Entry<String, List<PortGrant>> here : byPlace.entrySet()) {
            if (!here.getValue().isEmpty()) {
                // As a rule all places have the same, and then nothing is hashed.
                if (!last.equals(here.getValue())) {
                    last = known.computeIfAbsent(List.copyOf(here.getValue()), Function.identity());
                }
                copy.put(here.getKey(), last);
            }
        }
        byPlace = Collections.unmodifiableSortedMap(copy);
    }

    /** An assignment of the same grants at one place. */
    public static Assignment at(String place, List<PortGrant> grants) {
        return new Assignment(new TreeMap<>(Map.of(place, grants)));
    }

    /** The grants at {@code place}, empty where it holds none. */
    public List<PortGrant> at(String place) {
        return byPlace.getOrDefault(place, List.of());
    }

    /** The places where something is held. */
    public Set<String> places() {
        return byPlace.keySet();
    }

    /** Whether nothing is held. */
    public boolean isEmpty() {
        return byPlace.isEmpty();
    }

    /** Whether something is held on every node. */
    public boolean isEverywhere() {
        return byPlace.containsKey(Place.EVERYWHERE);
    }

    /** How many numbers that is, whatever the protocol: the most that it has at one place. */
    public int numbers() {
        return byPlace.values().stream()
                .mapToInt(grants -> grants.stream().mapToInt(PortGrant::count).sum())
                .max()
                .orElse(0);
    }

    /** Calls {@code visitor} with every slot. */
    public void forEachSlot(Consumer<Slot> visitor) {
        firstSlot(slot -> {
            visitor.accept(slot);
            return false;
        });
    }

    /** The first slot that {@code wanted} is true of, by place; later ones are not tested. */
    public Optional<Slot> firstSlot(Predicate<Slot> wanted) {
        for (Map.Entry<String, List<PortGrant>> here : byPlace.entrySet()) {
            for (PortGrant grant : here.getValue()) {
                for (Protocol protocol : grant.protocols()) {
                    for (int port = grant.port(); port <= grant.lastPort(); port++) {
                        Slot slot = new Slot(here.getKey(), protocol, port);
                        if (wanted.test(slot)) {
                            return Optional.of(slot);
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Whether {@code slot} is held, at its very place. */
    public boolean holds(Slot slot) {
        return at(slot.place()).stream().anyMatch(grant -> grant.covers(slot.protocol(), slot.port()));
    }

    /** Whether every slot of {@code other} is held, each at its very place. */
    public boolean holdsAllOf(Assignment other) {
        return other.firstSlot(slot -> !holds(slot)).isEmpty();
    }

    /** All its slots, in a set of some hundred bytes each: to check them, there are cheaper ways above. */
    public Set<Slot> slots() {
        Set<Slot> slots = new HashSet<>();
        forEachSlot(slots::add);
        return slots;
    }

    /** Those of its grants that {@code wanted} is true of, with their place. */
    Assignment only(BiPredicate<String, PortGrant> wanted) {
        SortedMap<String, List<PortGrant>> some = new TreeMap<>();
        byPlace.forEach((place, grants) -> some.put(
                place,
                grants.stream().filter(grant -> wanted.test(place, grant)).toList()));
        return new Assignment(some);
    }

    /** At each place the grants of this one, and after them those of {@code others}. */
    Assignment before(Assignment others) {
        SortedMap<String, List<PortGrant>> both = new TreeMap<>(byPlace);
        others.byPlace.forEach((place, grants) -> both.merge(
                place,
                grants,
                (mine, theirs) ->
                        Stream.concat(mine.stream(), theirs.stream()).distinct().toList()));
        return new Assignment(both);
    }

    /** This assignment without what it holds at {@code places}. */
    public Assignment without(Set<String> places) {
        SortedMap<String, List<PortGrant>> rest = new TreeMap<>(byPlace);
        rest.keySet().removeAll(places);
        return new Assignment(rest);
    }
}
