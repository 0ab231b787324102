package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Says why a port is not to be had, in words that its asker may read. */
final class RefusalExplainer {
    private static final String OTHER_PORT = "request another port, or leave port out and let the pool choose";

    private final SlotIndex index;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final FreePorts freePorts;
    private final Blockers blockers;
    private final Function<String, @Nullable ClaimAllocation> holdings;
    private final BiPredicate<Slot, Request> isAwaitedByOthers;

    /**
     * Reads the given state; {@code holdings} finds a claim's holding by its UID, and {@code isAwaitedByOthers} says whether the release
     * of another ConfigMap waits for a slot that was released.
     */
    RefusalExplainer(
            SlotIndex index,
            ForeignPorts foreign,
            Listeners listeners,
            FreePorts freePorts,
            Blockers blockers,
            Function<String, @Nullable ClaimAllocation> holdings,
            BiPredicate<Slot, Request> isAwaitedByOthers) {
        this.index = index;
        this.foreign = foreign;
        this.listeners = listeners;
        this.freePorts = freePorts;
        this.blockers = blockers;
        this.holdings = holdings;
        this.isAwaitedByOthers = isAwaitedByOthers;
    }

    /** Why no block of the ask can start at this number, wherever it is; empty when one can. */
    Optional<Refusal> toStart(RequestedPort requested, int first) {
        if (!requested.isAligned(first)) {
            return Optional.of(new Refusal(
                    Reason.PORT_NOT_USABLE,
                    "port %d is not a multiple of alignment %d, which '%s' requests; request one that is, or leave alignment out"
                            .formatted(first, requested.alignment(), requested.name())));
        }
        return requested.fitsAt(first)
                ? Optional.empty()
                : Optional.of(new Refusal(
                        Reason.PORT_NOT_USABLE,
                        "%d ports from %d on end beyond %d; request a count of at most %d"
                                .formatted(
                                        requested.count(), first, PortRange.MAX_PORT, PortRange.MAX_PORT - first + 1)));
    }

    /** Why this very block can't be given at the draft's place, all of which something names; empty when it can. */
    Optional<Refusal> toExplicit(Request request, Draft draft, PortGrant wanted) {
        return toBlock(request, draft, wanted, true);
    }

    /** Why a block that begins where a claim of the name had one can't be given at the draft's place; empty when it can. */
    Optional<Refusal> toReturning(Request request, Draft draft, PortGrant wanted) {
        return toBlock(request, draft, wanted, false);
    }

    private Optional<Refusal> toBlock(Request request, Draft draft, PortGrant wanted, boolean isNamed) {
        return ownInTheWay(draft, wanted).or(() -> {
            for (int port = wanted.port(); port <= wanted.lastPort(); port++) {
                Optional<Refusal> refusal = toPort(request, draft, wanted, port, isNamed, OTHER_PORT);
                if (refusal.isPresent()) {
                    return refusal;
                }
            }
            return Optional.empty();
        });
    }

    /**
     * Why what is held at the draft's place can't have the length and the alignment that are requested now; empty when it can.
     * Its first number stays, and what it has already is not checked.
     */
    Optional<Refusal> toResize(Request request, Draft draft, PortGrant held, RequestedPort requested) {
        if (!requested.isAligned(held.port())) {
            return Optional.of(new Refusal(
                    Reason.PORT_NOT_USABLE,
                    "'%s' holds port %d, which is not a multiple of alignment %d, and a held port is never moved; revert the alignment, or remove the port and add one with another name"
                            .formatted(requested.name(), held.port(), requested.alignment())));
        }
        Optional<Refusal> refusal = toStart(requested, held.port());
        if (refusal.isEmpty()) {
            refusal = ownInTheWay(draft, requested.at(held.port()));
        }
        for (int port = held.lastPort() + 1; refusal.isEmpty() && port < held.port() + requested.count(); port++) {
            String advice =
                    "request a count of at most %d, or more ports with another name".formatted(port - held.port());
            refusal = toPort(request, draft, requested.at(held.port()), port, requested.port() != null, advice);
        }
        return refusal.map(why -> new Refusal(
                why.reason(),
                "'%s' cannot have %d ports from %d on: %s"
                        .formatted(requested.name(), requested.count(), held.port(), why.message()),
                why.inFull()));
    }

    /** What the claim itself has there. */
    private static Optional<Refusal> ownInTheWay(Draft draft, PortGrant wanted) {
        return draft.overlapping(wanted)
                .map(other -> new Refusal(
                        Reason.PORT_TAKEN,
                        "port %s is not free for '%s' (%s): this claim has %s (%s) as '%s'; %s"
                                .formatted(
                                        wanted.range(),
                                        wanted.name(),
                                        wanted.transport(),
                                        other.range(),
                                        other.transport(),
                                        other.name(),
                                        adviceBeside(other, wanted))));
    }

    /** Only who asks for one of TCP and UDP beside both can be helped by the protocol that is both. */
    private static String adviceBeside(PortGrant other, PortGrant wanted) {
        if (other.transport() == wanted.transport() || !other.range().equals(wanted.range())) {
            return OTHER_PORT;
        }
        return other.transport() == TransportProtocol.TCPUDP
                ? "leave out '%s', because TCPUDP is the number on both TCP and UDP, or %s"
                        .formatted(wanted.name(), OTHER_PORT)
                : "remove '%s', because TCPUDP is the number on both TCP and UDP, or %s"
                        .formatted(other.name(), OTHER_PORT);
    }

    /** Why one number of a block can't be given; {@code advice} ends the sentence where somebody has it. */
    private Optional<Refusal> toPort(
            Request request, Draft draft, PortGrant wanted, int port, boolean isNamed, String advice) {
        Optional<Refusal> refusal = notUsable(request, draft, port);
        for (Protocol protocol : wanted.protocols()) {
            Slot slot = new Slot(draft.place(), protocol, port);
            refusal = refusal.or(() -> taken(request, slot, advice))
                    .or(() -> declared(request, slot, isNamed, advice))
                    .or(() -> listenedOn(request, slot, advice));
        }
        return refusal;
    }

    private static Optional<Refusal> notUsable(Request request, Draft draft, int port) {
        List<NodeFacts> nodes = draft.target().nodes();
        return (nodes.isEmpty() ? List.of(PoolRules.UNKNOWN_NODE) : nodes)
                .stream()
                        .flatMap(node -> request.pool().whyNotUsable(port, node).stream())
                        .findFirst()
                        .map(why -> new Refusal(Reason.PORT_NOT_USABLE, "port %d %s".formatted(port, why)));
    }

    private Optional<Refusal> taken(Request request, Slot slot, String advice) {
        List<Holder> longestFirst = new ArrayList<>(index.obstacles(slot));
        longestFirst.sort(Comparator.comparingInt(RefusalExplainer::soonness));
        for (Holder holder : longestFirst) {
            Optional<String> who = keeper(holder, request, slot);
            if (who.isPresent()) {
                return Optional.of(new Refusal(
                        Reason.PORT_TAKEN, "%s is %s; %s".formatted(slot, who.get(), advice), inFull(holder)));
            }
        }
        return Optional.empty();
    }

    /** Where several keep a port, the one to name is the one that keeps it longest: 0 a claim, 1 who may still use it, 2 what cools. */
    private static int soonness(Holder holder) {
        if (holder instanceof Holder.OfRelease released) {
            return released.release().isBlocked() ? 1 : 2;
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
        Release release = ((Holder.OfRelease) holder).release();
        return isReturning(release, request, slot) ? Optional.empty() : Optional.of(stateOf(release));
    }

    /**
     * Pods of the claim's own namespace may use a number already that something names, or that returns. Where a block
     * only grows into a number, they are another claim's, or nobody's.
     */
    private Optional<Refusal> declared(Request request, Slot slot, boolean isNamed, String advice) {
        boolean mayBeOwn = isNamed || returns(request, slot);
        return foreign.declaredByOthers(slot, mayBeOwn ? request.key().namespace() : null)
                .map(owner -> new Refusal(
                        Reason.PORT_TAKEN,
                        "%s is declared by %s; %s".formatted(slot, describe(owner, request), advice),
                        "declared by %s %s/%s".formatted(owner.kind(), owner.namespace(), owner.name())));
    }

    /** A listener may be the claim's own, of a pod that still runs: what returns to its name is not kept from it. */
    private Optional<Refusal> listenedOn(Request request, Slot slot, String advice) {
        return returns(request, slot)
                ? Optional.empty()
                : listeners
                        .firstUnexplained(slot)
                        .map(node -> new Refusal(
                                Reason.PORT_TAKEN,
                                "%s is taken: a process on node %s listens on it, and no pod there declares it; stop the process, or declare the port in the pod of the process; or %s"
                                        .formatted(slot, node, advice)));
    }

    private boolean returns(Request request, Slot slot) {
        return index.obstacles(slot).stream()
                .anyMatch(holder ->
                        holder instanceof Holder.OfRelease released && isReturning(released.release(), request, slot));
    }

    /** Why no port at all was found. */
    Refusal exhausted(Request request, Draft draft, RequestedPort requested) {
        String what = "%s for '%s' (%s)"
                .formatted(
                        requested.count() == 1
                                ? "no port%s is free".formatted(aligned(requested))
                                : "no %d consecutive ports%s are free".formatted(requested.count(), aligned(requested)),
                        requested.name(),
                        requested.transport());
        String where = where(draft);
        if (request.pool().usableOn(draft.target().nodes()).isEmpty()) {
            return new Refusal(
                    Reason.POOL_EXHAUSTED,
                    "pool %s has no port that can be assigned %s: %s"
                            .formatted(request.pool().name(), where, whyNone(request, draft)));
        }
        String how = Place.isEverywhere(draft.place())
                ? blockers.describe(
                        request.pool(), draft.target(), requested, freeOfListeners(request, draft, requested))
                : "; the claim is served as soon as one is released";
        return new Refusal(
                Reason.POOL_EXHAUSTED,
                "%s in pool %s %s%s; to get one sooner, widen the pool's ranges%s"
                        .formatted(
                                what,
                                request.pool().name(),
                                where,
                                how,
                                request.pool()
                                        .unreadable(draft.target().nodes())
                                        .map("; "::concat)
                                        .orElse("")));
    }

    /** Why no port at all is usable at the draft's place, and what would make one so. */
    private static String whyNone(Request request, Draft draft) {
        Optional<String> unreadable = request.pool().unreadable(draft.target().nodes());
        if (draft.target().nodes().stream().anyMatch(NodeFacts::isUnknown) && unreadable.isPresent()) {
            return unreadable.get();
        }
        return "all of its ports are excluded or lie in an ephemeral range there; choose other ranges, or "
                + unreadable.map("fix "::concat).orElse("reserve ports with net.ipv4.ip_local_reserved_ports");
    }

    private static String aligned(RequestedPort requested) {
        String which = requested.count() == 1 ? " that is a multiple of %d" : " whose first is a multiple of %d";
        return requested.alignment() == 1 ? "" : which.formatted(requested.alignment());
    }

    private static String where(Draft draft) {
        if (!Place.isEverywhere(draft.place())) {
            return "on node " + draft.place();
        }
        int nodes = draft.target().count();
        return nodes == 1 ? "on every node (1 node)" : "on every node (%d nodes)".formatted(nodes);
    }

    /** What would be free on every node, were it not for processes that listen; empty if that is not enough. */
    private Optional<BitSet> freeOfListeners(Request request, Draft draft, RequestedPort requested) {
        PoolRules pool = request.pool();
        BitSet free = freePorts.at(List.of(draft), pool, requested);
        return pool.strategy()
                        .next(free, pool.staticBand(), 0, requested.count(), requested.alignment())
                        .isPresent()
                ? Optional.of(free)
                : Optional.empty();
    }

    /** A port that cools goes back at once to a claim of the name that held it. */
    private boolean isReturning(Release release, Request request, Slot slot) {
        return release.place().equals(slot.place())
                && release.returnsTo(request)
                && !isAwaitedByOthers.test(slot, request);
    }

    private @Nullable String inFull(Holder holder) {
        if (holder instanceof Holder.OfClaim claim) {
            ClaimAllocation allocation = holdings.apply(claim.uid());
            return allocation == null ? null : "held by %s %s".formatted(kindOf(allocation.key()), allocation.key());
        }
        ClaimKey before = ((Holder.OfRelease) holder).release().key();
        return before == null ? null : "released by %s %s".formatted(kindOf(before), before);
    }

    private String nameOf(String uid, Request request) {
        ClaimAllocation allocation = holdings.apply(uid);
        boolean sameNamespace = allocation != null
                && allocation.key().namespace().equals(request.key().namespace());
        String kind = allocation != null && allocation.key().isPod() ? "pod" : "claim";
        return sameNamespace && allocation != null
                ? kind + " " + allocation.key().objectName()
                : "a %s of another namespace".formatted(kind);
    }

    private static String kindOf(ClaimKey key) {
        return key.isPod() ? "Pod" : "PortClaim";
    }

    private static String stateOf(Release release) {
        return release.isBlocked()
                ? "released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended"
                : "cooling after its release for up to %d s"
                        .formatted(release.cooldown().toSeconds());
    }

    private static String describe(ForeignPorts.Owner owner, Request request) {
        return owner.namespace().equals(request.key().namespace())
                ? "%s %s".formatted(owner.kind(), owner.name())
                : "a %s of another namespace".formatted(owner.kind());
    }
}
