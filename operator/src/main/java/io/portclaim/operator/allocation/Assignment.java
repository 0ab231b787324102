package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * All that a claim holds, by place. Immutable.
 *
 * @param byPlace the grants at each place, never an empty list
 */
public record Assignment(SortedMap<String, List<PortGrant>> byPlace) {
    /** Nothing held. */
    public static final Assignment NONE = new Assignment(new TreeMap<>());

    public Assignment {
        SortedMap<String, List<PortGrant>> copy = new TreeMap<>();
        byPlace.forEach((place, grants) -> {
            if (!grants.isEmpty()) {
                copy.put(place, List.copyOf(grants));
            }
        });
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

    /** Calls {@code visitor} with every slot. */
    public void forEachSlot(Consumer<Slot> visitor) {
        byPlace.forEach((place, grants) -> {
            for (PortGrant grant : grants) {
                for (Protocol protocol : grant.protocols()) {
                    for (int port = grant.port(); port <= grant.lastPort(); port++) {
                        visitor.accept(new Slot(place, protocol, port));
                    }
                }
            }
        });
    }

    /** All its slots. */
    public Set<Slot> slots() {
        Set<Slot> slots = new HashSet<>();
        forEachSlot(slots::add);
        return slots;
    }

    /** This assignment without what it holds at {@code places}. */
    public Assignment without(Set<String> places) {
        SortedMap<String, List<PortGrant>> rest = new TreeMap<>(byPlace);
        rest.keySet().removeAll(places);
        return new Assignment(rest);
    }
}
