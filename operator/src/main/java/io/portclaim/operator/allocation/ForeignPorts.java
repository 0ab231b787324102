package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ports that others have declared: hostPorts of pods on their node, nodePorts of Services on every node.
 *
 * <p>Thread-safe: every method locks the object for the time of a few look-ups.
 */
public final class ForeignPorts {
    /**
     * Who declares ports.
     *
     * @param kind Pod or Service
     * @param namespace its namespace
     * @param name its name
     */
    public record Owner(String kind, String namespace, String name) {}

    private record Declaration(Owner owner, Set<Slot> slots) {}

    private final Map<String, Declaration> declarations = new HashMap<>();
    private final Map<Slot, List<Owner>> owners = new HashMap<>();
    private final Map<String, Map<Protocol, BitSet>> bits = new HashMap<>();
    private final NodeCounts nodes = new NodeCounts();
    private final List<PortFollower> followers = new CopyOnWriteArrayList<>();

    /** Has {@code follower} know each slot that is declared from now on, and each that is not any more. */
    void follow(PortFollower follower) {
        followers.add(follower);
    }

    /**
     * Says what {@code owner} declares now, in place of what it declared before.
     *
     * @return the slots whose owners changed
     */
    public synchronized Set<Slot> declare(String uid, Owner owner, Collection<Slot> slots) {
        Declaration before = declarations.get(uid);
        if (before == null ? slots.isEmpty() : before.slots.equals(Set.copyOf(slots))) {
            return Set.of();
        }
        Set<Slot> changed = new HashSet<>(withdraw(uid));
        if (!slots.isEmpty()) {
            Declaration declaration = new Declaration(owner, Set.copyOf(slots));
            declarations.put(uid, declaration);
            for (Slot slot : declaration.slots) {
                if (owners.computeIfAbsent(slot, key -> new ArrayList<>(1)).isEmpty()) {
                    mark(slot);
                }
                owners.getOrDefault(slot, List.of()).add(owner);
            }
            for (Slot slot : declaration.slots) {
                if (before == null || !before.owner.equals(owner) || !changed.remove(slot)) {
                    changed.add(slot);
                }
            }
        }
        return changed;
    }

    /**
     * Forgets what {@code uid} declared.
     *
     * @return the slots it had declared
     */
    public synchronized Set<Slot> withdraw(String uid) {
        Declaration before = declarations.remove(uid);
        if (before == null) {
            return Set.of();
        }
        for (Slot slot : before.slots) {
            List<Owner> rest = owners.getOrDefault(slot, new ArrayList<>());
            rest.remove(before.owner);
            if (rest.isEmpty()) {
                owners.remove(slot);
                unmark(slot);
            }
        }
        return before.slots;
    }

    /** Adds to {@code into} the ports that anyone declares at {@code place}; for every node: on any of them. */
    public synchronized void addDeclared(String place, Protocol protocol, BitSet into) {
        if (Place.isEverywhere(place)) {
            into.or(nodes.some(protocol));
        }
        addAt(place, protocol, into);
        addAt(Place.EVERYWHERE, protocol, into);
    }

    /** Adds to {@code into} the ports that are declared on every node at once. */
    synchronized void addDeclaredEverywhere(Protocol protocol, BitSet into) {
        addAt(Place.EVERYWHERE, protocol, into);
    }

    /** Adds to {@code into} the ports that are declared at {@code place} itself, wherever else they are. */
    synchronized void addDeclaredAt(String place, Protocol protocol, BitSet into) {
        addAt(place, protocol, into);
    }

    /** Whether the port is declared on any node by itself. */
    synchronized boolean isDeclaredOnNodes(Protocol protocol, int port) {
        return nodes.count(protocol, port) > 0;
    }

    /** Whether anything is declared at {@code place} itself. */
    synchronized boolean isDeclaredAt(String place) {
        return bits.containsKey(place);
    }

    /** The nodes where anything is declared. */
    synchronized Set<String> nodes() {
        Set<String> places = new HashSet<>(bits.keySet());
        places.remove(Place.EVERYWHERE);
        return places;
    }

    /**
     * Who declares {@code slot}, leaving out pods of {@code ownNamespace}: a claim may bring in ports that its own
     * namespace's pods use already.
     */
    public synchronized Optional<Owner> declaredByOthers(Slot slot, @Nullable String ownNamespace) {
        List<Owner> found = new ArrayList<>(owners.getOrDefault(everywhere(slot), List.of()));
        if (Place.isEverywhere(slot.place()) && nodes.some(slot.protocol()).get(slot.port())) {
            for (String place : bits.keySet()) {
                found.addAll(owners.getOrDefault(new Slot(place, slot.protocol(), slot.port()), List.of()));
            }
        }
        if (!Place.isEverywhere(slot.place())) {
            found.addAll(owners.getOrDefault(slot, List.of()));
        }
        return found.stream()
                .filter(owner ->
                        !(owner.kind().equals("Pod") && owner.namespace().equals(ownNamespace)))
                .findFirst();
    }

    /** Whether anyone declares {@code slot}. */
    public boolean isDeclared(Slot slot) {
        return declaredByOthers(slot, null).isPresent();
    }

    /** Where {@code slot} is declared: its place, or for every node and for some node, any. */
    public synchronized Set<String> placesOf(Slot slot) {
        boolean one = Place.isNode(slot.place());
        boolean declared = one ? owners.containsKey(slot) : isDeclaredOnNodes(slot.protocol(), slot.port());
        if (!declared && !owners.containsKey(new Slot(Place.EVERYWHERE, slot.protocol(), slot.port()))) {
            // As of most slots, of which this is asked twice a second.
            return Set.of();
        }
        Set<String> places = new HashSet<>();
        Stream<String> others = declared ? bits.keySet().stream() : Stream.of();
        Stream.concat(one ? Stream.of(slot.place()) : others, Stream.of(Place.EVERYWHERE))
                .filter(place -> owners.containsKey(new Slot(place, slot.protocol(), slot.port())))
                .forEach(places::add);
        return places;
    }

    /** Whether a pod declares {@code slot}, on its very node. */
    synchronized boolean isDeclaredByPod(Slot slot) {
        return owners.getOrDefault(slot, List.of()).stream()
                .anyMatch(owner -> owner.kind().equals("Pod"));
    }

    private void addAt(String place, Protocol protocol, BitSet into) {
        Map<Protocol, BitSet> here = bits.get(place);
        if (here != null) {
            into.or(NodeCounts.of(here, protocol));
        }
    }

    private void mark(Slot slot) {
        Map<Protocol, BitSet> here = bits.computeIfAbsent(slot.place(), place -> NodeCounts.protocolSets());
        NodeCounts.of(here, slot.protocol()).set(slot.port());
        if (!Place.isEverywhere(slot.place())) {
            nodes.add(slot.protocol(), slot.port());
        }
        followers.forEach(follower -> follower.portChanged(slot.place(), slot.port()));
    }

    private void unmark(Slot slot) {
        bits.computeIfPresent(slot.place(), (place, sets) -> {
            NodeCounts.of(sets, slot.protocol()).clear(slot.port());
            return sets.values().stream().allMatch(BitSet::isEmpty) ? null : sets;
        });
        if (!Place.isEverywhere(slot.place())) {
            nodes.remove(slot.protocol(), slot.port());
        }
        followers.forEach(follower -> follower.portChanged(slot.place(), slot.port()));
    }

    private static Slot everywhere(Slot slot) {
        return new Slot(Place.EVERYWHERE, slot.protocol(), slot.port());
    }
}
