package io.portclaim.operator.allocation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a claim would hold at one place, while a decision is being made: all that it asks for, or nothing new. */
final class Draft {
    private final String place;
    private final Request.@Nullable Target target;
    private final boolean holdsAlready;
    private final List<PortGrant> grants = new ArrayList<>();
    /** What was given for an ask and does not meet it any more, by its length or its alignment. */
    private final List<PortGrant> outdated = new ArrayList<>();

    private final List<RequestedPort> missing;
    private final BitSet numbers = new BitSet();
    private @Nullable Refusal refusal;

    /**
     * A draft that keeps what still meets an ask.
     *
     * @param target what is wanted here, or null where the claim only keeps what it has (a node that is absent, or
     *     matches no longer)
     */
    Draft(String place, Request.@Nullable Target target, List<PortGrant> held, List<RequestedPort> requestedPorts) {
        this.place = place;
        this.target = target;
        this.holdsAlready = !held.isEmpty();
        for (PortGrant grant : held) {
            requestedPorts.stream()
                    .filter(requested -> requested.isContinuedBy(grant))
                    .findFirst()
                    .ifPresent(requested -> keep(grant, requested));
        }
        this.missing = target == null
                ? List.of()
                : requestedPorts.stream()
                        .filter(requested -> grants.stream().noneMatch(requested::isMetBy))
                        .toList();
    }

    private void keep(PortGrant grant, RequestedPort requested) {
        if (requested.isMetBy(grant)) {
            add(grant);
        } else if (target == null) {
            // Nothing new is given where nothing is wanted: it grows once the node counts again.
            add(grant.first(requested.count()));
        } else {
            outdated.add(grant);
        }
    }

    void add(PortGrant grant) {
        grants.add(grant);
        numbers.set(grant.port(), grant.lastPort() + 1);
    }

    void refuse(Refusal why) {
        refusal = refusal == null ? why : refusal;
    }

    boolean needs(RequestedPort requested) {
        return refusal == null && missing.contains(requested);
    }

    /** What this claim has, at this place, that shares a number with {@code block} on a protocol. */
    Optional<PortGrant> overlapping(PortGrant block) {
        return grants.stream().filter(block::overlaps).findFirst();
    }

    Optional<PortGrant> granted(String name) {
        return grants.stream().filter(grant -> grant.name().equals(name)).findFirst();
    }

    /** What the claim holds here for {@code requested} that must become longer or shorter, or does not meet its alignment. */
    Optional<PortGrant> outdated(RequestedPort requested) {
        return needs(requested)
                ? outdated.stream().filter(requested::isContinuedBy).findFirst()
                : Optional.empty();
    }

    /** What is held here from now on, in the order of the claim's spec. */
    List<PortGrant> result(List<RequestedPort> requestedPorts) {
        if (refusal != null) {
            return List.of();
        }
        List<String> order = requestedPorts.stream().map(RequestedPort::name).toList();
        return grants.stream()
                .sorted(Comparator.comparingInt(grant -> order.indexOf(grant.name())))
                .toList();
    }

    String place() {
        return place;
    }

    /** The target; only a draft that has one is ever missing anything. */
    Request.Target target() {
        if (target == null) {
            throw new IllegalStateException("nothing is requested at " + place);
        }
        return target;
    }

    boolean holdsAlready() {
        return holdsAlready;
    }

    BitSet numbers() {
        return numbers;
    }

    @Nullable
    Refusal refusal() {
        return refusal;
    }
}
