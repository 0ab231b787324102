package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.ports.Protocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says why a port is not to be had, in words that its asker may read. */
final class Obstacles {
    private final SlotIndex index;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final Unclaimed unclaimed;
    private final Function<String, @Nullable Holding> holdings;

    /** Reads the given state; {@code holdings} finds a claim's holding by its UID. */
    Obstacles(
            SlotIndex index,
            ForeignPorts foreign,
            Listeners listeners,
            Unclaimed unclaimed,
            Function<String, @Nullable Holding> holdings) {
        this.index = index;
        this.foreign = foreign;
        this.listeners = listeners;
        this.unclaimed = unclaimed;
        this.holdings = holdings;
    }

    /** Why this very block can't be given at the draft's place; empty when it can. */
    Optional<Refusal> toExplicit(Request request, Draft draft, PortGrant wanted) {
        Optional<PortGrant> own = draft.overlapping(wanted);
        if (own.isPresent()) {
            return own.map(other -> new Refusal(
                    Reason.PORT_TAKEN,
                    "port %s is not free for '%s': this claim has %s as '%s', and numbers are distinct within a claim; for one number on TCP and UDP ask for protocol TCPUDP"
                            .formatted(wanted.range(), wanted.name(), other.range(), other.name())));
        }
        for (int port = wanted.port(); port <= wanted.lastPort(); port++) {
            Optional<Refusal> refusal = notUsable(request, draft, port);
            for (Protocol protocol : wanted.protocols()) {
                Slot slot = new Slot(draft.place(), protocol, port);
                refusal = refusal.or(() -> taken(request, slot))
                        .or(() -> declared(request, slot))
                        .or(() -> listenedOn(request, slot));
            }
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    private static Optional<Refusal> notUsable(Request request, Draft draft, int port) {
        List<NodeFacts> nodes = draft.target().nodes();
        return (nodes.isEmpty() ? List.of(PoolRules.UNKNOWN_NODE) : nodes)
                .stream()
                        .flatMap(node -> request.pool().whyNotUsable(port, node).stream())
                        .findFirst()
                        .map(why -> new Refusal(Reason.PORT_NOT_USABLE, "port %d %s".formatted(port, why)));
    }

    private Optional<Refusal> taken(Request request, Slot slot) {
        List<Holder> longestFirst = new ArrayList<>(index.obstacles(slot));
        longestFirst.sort(Comparator.comparingInt(Obstacles::soonness));
        for (Holder holder : longestFirst) {
            Optional<String> who = keeper(holder, request, slot);
            if (who.isPresent()) {
                return Optional.of(new Refusal(
                        Reason.PORT_TAKEN,
                        "%s is %s; ask for another port, or leave port out and let the pool choose"
                                .formatted(slot, who.get()),
                        inFull(holder)));
            }
        }
        return Optional.empty();
    }

    /** Where several keep a port, the one to name is the one that keeps it longest: 0 a claim, 1 who may still use it, 2 what cools. */
    private static int soonness(Holder holder) {
        if (holder instanceof Holder.OfRelease rest) {
            return rest.release().isBlocked() ? 1 : 2;
        }
        return 0;
    }

    /** Who keeps the slot from the request; empty when the claim holds it itself, or held it under its name before. */
    private Optional<String> keeper(Holder holder, Request request, Slot slot) {
        if (holder instanceof Holder.OfClaim claim) {
            return claim.uid().equals(request.uid())
                    ? Optional.empty()
                    : Optional.of("held by " + nameOf(claim.uid(), request));
        }
        Release rest = ((Holder.OfRelease) holder).release();
        return isReturning(rest, request, slot) ? Optional.empty() : Optional.of(restOf(rest));
    }

    private Optional<Refusal> declared(Request request, Slot slot) {
        return foreign.declaredByOthers(slot, request.key().namespace())
                .map(owner -> new Refusal(
                        Reason.PORT_TAKEN,
                        "%s is declared by %s; ask for another port, or leave port out and let the pool choose"
                                .formatted(slot, describe(owner, request)),
                        "declared by %s %s/%s".formatted(owner.kind(), owner.namespace(), owner.name())));
    }

    /** A listener may be the claim's own, of a pod that still runs: what returns to its name is not kept from it. */
    private Optional<Refusal> listenedOn(Request request, Slot slot) {
        boolean returns = index.obstacles(slot).stream()
                .anyMatch(holder ->
                        holder instanceof Holder.OfRelease rest && isReturning(rest.release(), request, slot));
        return returns
                ? Optional.empty()
                : listeners
                        .firstUnexplained(slot)
                        .map(node -> new Refusal(
                                Reason.PORT_TAKEN,
                                "%s is taken: a process on node %s listens on it, and no pod there declares it; stop the process, or declare the port in the pod that it belongs to; or ask for another port, or leave port out and let the pool choose"
                                        .formatted(slot, node)));
    }

    /** Why no port at all was found. */
    Refusal exhausted(Request request, Draft draft, PortAsk ask) {
        String what = ask.count() == 1
                ? "no port is free for '%s' (%s)".formatted(ask.name(), ask.transport())
                : "no %d consecutive ports are free for '%s' (%s)".formatted(ask.count(), ask.name(), ask.transport());
        String where = Place.isEverywhere(draft.place()) ? "on every node" : "on node " + draft.place();
        if (request.pool().usableOn(draft.target().nodes()).isEmpty()) {
            return new Refusal(
                    Reason.POOL_EXHAUSTED,
                    "pool %s has no port to give %s: all of its ports are excluded or lie in an ephemeral range there; give it ranges outside, or reserve ports with net.ipv4.ip_local_reserved_ports"
                            .formatted(request.pool().name(), where));
        }
        String how = mostListening(request, draft, ask)
                .map(
                        ": processes listen on its ports, nowhere on more of them than on node %s; it is given as soon as one ends or a port is released"
                                ::formatted)
                .orElse("; it is given as soon as one is released");
        return new Refusal(
                Reason.POOL_EXHAUSTED,
                "%s in pool %s %s%s, or widen the pool's ranges"
                        .formatted(what, request.pool().name(), where, how));
    }

    /** The node to look at where a port would be free on every node, were it not for processes that listen. */
    private Optional<String> mostListening(Request request, Draft draft, PortAsk ask) {
        if (!Place.isEverywhere(draft.place())) {
            return Optional.empty();
        }
        BitSet free = unclaimed.at(List.of(draft), request.pool(), ask);
        return Sequential.next(free, request.pool().staticBand(), 0, ask.count())
                        .isPresent()
                ? listeners.mostOn(ask.protocols(), free)
                : Optional.empty();
    }

    /** A port that rests goes back at once to a claim of the name that held it. */
    private static boolean isReturning(Release release, Request request, Slot slot) {
        return release.place().equals(slot.place()) && release.returnsTo(request);
    }

    private @Nullable String inFull(Holder holder) {
        if (holder instanceof Holder.OfClaim claim) {
            Holding holding = holdings.apply(claim.uid());
            return holding == null ? null : "held by PortClaim " + holding.key();
        }
        ClaimKey before = ((Holder.OfRelease) holder).release().key();
        return before == null ? null : "released by PortClaim " + before;
    }

    private String nameOf(String uid, Request request) {
        Holding holding = holdings.apply(uid);
        boolean sameNamespace = holding != null
                && holding.key().namespace().equals(request.key().namespace());
        return sameNamespace && holding != null ? "claim " + holding.key().name() : "a claim of another namespace";
    }

    private static String restOf(Release release) {
        return release.isBlocked()
                ? "released, and blocked until no ConfigMap, pod or process uses it any more and it has cooled"
                : "cooling after its release for up to %d s"
                        .formatted(release.cooldown().toSeconds());
    }

    private static String describe(ForeignPorts.Owner owner, Request request) {
        return owner.namespace().equals(request.key().namespace())
                ? "%s %s".formatted(owner.kind(), owner.name())
                : "a %s of another namespace".formatted(owner.kind());
    }
}
