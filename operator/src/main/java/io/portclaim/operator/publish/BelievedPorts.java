package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Believes of a claim's ConfigMap what the operator itself may have written there, as a tenant can write it too: ports of
 * the claim, inside its pool, on nodes that there are, and numbers that were held.
 *
 * <p>It looks at a bounded number of grants and numbers, and does not believe what comes after them. One is made for each
 * ConfigMap; not thread-safe.
 */
public final class BelievedPorts implements Believed {
    /**
     * How many numbers it looks at. A claim of 64 ports has half as many on 500 nodes, and what a file repeats of another is
     * not looked at again.
     */
    public static final int MOST_NUMBERS = 65_536;

    /** How often a port is said of one place: by four keys of a ConfigMap, of which one may be edited. */
    private static final int MOST_SAYINGS = 4;

    private final Map<Kind, Integer> mostOf;
    private final Set<String> names;
    private final @Nullable PortSet pool;
    private final Predicate<String> places;
    private final Held held;
    private final Map<String, Integer> sayings = new HashMap<>();
    private int numbersLeft;

    /** Whether it is known that somebody held a number. */
    @FunctionalInterface
    public interface Held {
        /** No number is left out for want of a holder. */
        Held ANY = (protocol, port) -> true;

        /** Whether anybody held this number, at any place. */
        boolean knows(Protocol protocol, int port);
    }

    private record Kind(String name, TransportProtocol transport) {}

    /**
     * A port of a claim without its number.
     *
     * @param name its name
     * @param transport its protocol
     * @param count how many numbers it has
     */
    public record Size(String name, TransportProtocol transport, int count) {
        /** The sizes that a claim's spec asks for, and those that its status says. */
        public static Set<Size> of(Collection<RequestedPort> requestedPorts, Assignment reported) {
            Set<Size> sizes = new HashSet<>();
            requestedPorts.forEach(
                    requested -> sizes.add(new Size(requested.name(), requested.transport(), requested.count())));
            reported.byPlace().values().forEach(grants -> grants.forEach(grant -> sizes.add(of(grant))));
            return sizes;
        }

        private static Size of(PortGrant grant) {
            return new Size(grant.name(), grant.transport(), grant.count());
        }
    }

    /**
     * Believes what passes all of these, and as many numbers as {@link #MOST_NUMBERS}.
     *
     * @param sizes the ports that the claim's spec or status has; a block may also be shorter, as it was between two edits
     * @param pool the numbers that its pool may give; null: any
     * @param places which nodes there are, or were; it is also asked for every node in one
     * @param held which numbers were held
     */
    public BelievedPorts(Set<Size> sizes, @Nullable PortSet pool, Predicate<String> places, Held held) {
        this(sizes, pool, places, held, MOST_NUMBERS);
    }

    BelievedPorts(Set<Size> sizes, @Nullable PortSet pool, Predicate<String> places, Held held, int mostNumbers) {
        this.mostOf = sizes.stream()
                .collect(Collectors.toMap(size -> new Kind(size.name(), size.transport()), Size::count, Math::max));
        this.names = sizes.stream().map(Size::name).collect(Collectors.toSet());
        this.pool = pool;
        this.places = places;
        this.held = held;
        this.numbersLeft = mostNumbers;
    }

    @Override
    public boolean name(String name) {
        return names.contains(name);
    }

    @Override
    public boolean place(String place) {
        return numbersLeft > 0 && places.test(place);
    }

    @Override
    public boolean grant(String place, PortGrant grant) {
        if (grant.count() > mostOf.getOrDefault(new Kind(grant.name(), grant.transport()), 0)
                || sayings.merge(place + "/" + grant.name(), 1, Integer::sum) > MOST_SAYINGS) {
            return false;
        }
        int slots = grant.count() * grant.protocols().size();
        numbersLeft -= slots;
        return numbersLeft >= 0 && isInPool(grant) && isHeld(grant);
    }

    private boolean isInPool(PortGrant grant) {
        for (int port = grant.port(); port <= grant.lastPort(); port++) {
            if (pool != null && !pool.contains(port)) {
                return false;
            }
        }
        return true;
    }

    private boolean isHeld(PortGrant grant) {
        for (Protocol protocol : grant.protocols()) {
            for (int port = grant.port(); port <= grant.lastPort(); port++) {
                if (!held.knows(protocol, port)) {
                    return false;
                }
            }
        }
        return true;
    }
}
