package io.portclaim.operator.allocation;

import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.Protocol;
import java.time.Clock;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The ports that processes on the nodes listen on, as the nodes' agents report them. A listener is presumed to belong to a pod
 * that declares its port on that node; then the declaration counts and its rules with it, and the listener is
 * <em>explained</em>. One that was an ended pod's is explained for some time too, on its own slot: see
 * {@link ExcusedListeners}.
 *
 * <p>Thread-safe: every method locks the object, for the time of a few look-ups on the node, or on each of the nodes that listen
 * where every node is asked about.
 */
public final class Listeners {
    /** SCTP sockets are not reported: the kernel's table of them comes with a module that few nodes load. */
    private static final List<Protocol> REPORTED = List.of(Protocol.TCP, Protocol.UDP);

    private final ForeignPorts declared;
    private final Map<String, OfNode> byNode = new HashMap<>();
    private final NodeCounts nodes = new NodeCounts();
    private final ExcusedListeners excused;
    private final List<PortFollower> followers = new CopyOnWriteArrayList<>();

    private record OfNode(CompactPorts tcp, CompactPorts udp) {
        static final OfNode NONE = new OfNode(CompactPorts.EMPTY, CompactPorts.EMPTY);

        CompactPorts ports(Protocol protocol) {
            return switch (protocol) {
                case TCP -> tcp;
                case UDP -> udp;
                case SCTP -> CompactPorts.EMPTY;
            };
        }

        /** Adds to {@code into} the ports of {@code protocol} that are not among {@code left}. */
        void addTo(BitSet into, Protocol protocol, Set<Slot> left) {
            if (left.isEmpty()) {
                ports(protocol).addTo(into);
                return;
            }
            BitSet bits = bits(protocol);
            left.stream().filter(slot -> slot.protocol() == protocol).forEach(slot -> bits.clear(slot.port()));
            into.or(bits);
        }

        BitSet bits(Protocol protocol) {
            BitSet bits = new BitSet();
            ports(protocol).addTo(bits);
            return bits;
        }
    }

    /** No listeners yet; those of pods are recognized by what these have {@code declared}. */
    public Listeners(ForeignPorts declared, Clock clock) {
        this.declared = declared;
        this.excused = new ExcusedListeners(clock, this::changed);
    }

    /** Has {@code follower} know each slot where a process begins or ceases to listen, or to be excused. */
    void follow(PortFollower follower) {
        followers.add(follower);
    }

    private void changed(Slot slot) {
        followers.forEach(follower -> follower.portChanged(slot.place(), slot.port()));
    }

    /**
     * Says where processes of {@code node} listen now, in place of what was said before.
     *
     * @return the slots where one began or ceased to
     */
    public synchronized Set<Slot> report(String node, CompactPorts tcp, CompactPorts udp) {
        OfNode now = new OfNode(tcp, udp);
        OfNode before = now.equals(OfNode.NONE) ? byNode.remove(node) : byNode.put(node, now);
        return change(node, before, now);
    }

    /**
     * Says where processes of {@code node} listen too, beside what was said before.
     *
     * @return the slots where one began to
     */
    public synchronized Set<Slot> add(String node, CompactPorts tcp, CompactPorts udp) {
        OfNode known = byNode.getOrDefault(node, OfNode.NONE);
        return report(node, known.tcp.union(tcp), known.udp.union(udp));
    }

    /**
     * Forgets where processes of {@code node} listen.
     *
     * @return the slots where one did
     */
    public synchronized Set<Slot> withdraw(String node) {
        return change(node, byNode.remove(node), OfNode.NONE);
    }

    /**
     * Excuses what the last reports have on the slots of a pod that has ended, until {@code over} at the latest. Until then its
     * release must keep these from others.
     */
    public synchronized void excuse(Assignment ended, Instant over) {
        ended.forEachSlot(slot -> {
            if (inReport(slot.place(), slot)) {
                excused.add(slot, over);
            }
        });
    }

    /** Excuses nothing on {@code slot} any longer: somebody has it again. */
    synchronized void endExcuse(Slot slot) {
        excused.end(slot);
    }

    /** Excuses nothing on {@code node} any longer: a new agent reports what it has seen itself. */
    public synchronized void endExcuses(String node) {
        excused.end(node);
    }

    /** Forgets the excuses whose time is over. */
    synchronized void advance() {
        excused.advance();
    }

    private Set<Slot> change(String node, @Nullable OfNode known, OfNode now) {
        excused.reported(node, slot -> now.ports(slot.protocol()).contains(slot.port()));
        OfNode before = known == null ? OfNode.NONE : known;
        Set<Slot> changed = new HashSet<>();
        if (before.equals(now)) {
            return changed;
        }
        for (Protocol protocol : REPORTED) {
            BitSet gone = before.bits(protocol);
            gone.andNot(now.bits(protocol));
            gone.stream().forEach(port -> {
                nodes.remove(protocol, port);
                changed.add(new Slot(node, protocol, port));
            });
            BitSet fresh = now.bits(protocol);
            fresh.andNot(before.bits(protocol));
            fresh.stream().forEach(port -> {
                nodes.add(protocol, port);
                changed.add(new Slot(node, protocol, port));
            });
        }
        changed.forEach(this::changed);
        return changed;
    }

    /** Adds to {@code into} the ports that a process listens on at {@code place}; for every node: on any of them. */
    public synchronized void addListened(String place, Protocol protocol, BitSet into) {
        if (Place.isEverywhere(place)) {
            into.or(nodes.some(protocol));
            return;
        }
        OfNode here = byNode.get(place);
        if (here != null) {
            here.addTo(into, protocol, excused.on(place));
        }
    }

    /** Whether a process of {@code node} listens at all. */
    synchronized boolean isListenedOn(String node) {
        return byNode.containsKey(node);
    }

    /** Whether a process listens on {@code slot}, be it explained or not; for every node: on any of them. */
    public synchronized boolean isListenedOn(Slot slot) {
        if (!nodes.some(slot.protocol()).get(slot.port())) {
            return false;
        }
        return !Place.isNode(slot.place()) || listens(slot.place(), slot);
    }

    /** Whether a process listens on any slot of {@code assignment}. */
    boolean isListenedOn(Assignment assignment) {
        return assignment.firstSlot(this::isListenedOn).isPresent();
    }

    /** The nodes where a process listens on {@code slot} that no pod there declares, ascending. */
    public Set<String> unexplained(Slot slot) {
        Set<String> found = new TreeSet<>();
        listening(slot).stream()
                .filter(node -> !declared.isDeclaredByPod(new Slot(node, slot.protocol(), slot.port())))
                .forEach(found::add);
        return found;
    }

    /** One of the nodes that {@link #unexplained} has, the first by name. */
    Optional<String> firstUnexplained(Slot slot) {
        return unexplained(slot).stream().findFirst();
    }

    /** The nodes where a process listens at all. */
    synchronized Set<String> nodes() {
        return new HashSet<>(byNode.keySet());
    }

    /** The nodes where a process listens on {@code slot}; copied, so that nobody is asked under the lock. */
    synchronized List<String> listening(Slot slot) {
        if (!isListenedOn(slot)) {
            return List.of();
        }
        return Place.isNode(slot.place())
                ? List.of(slot.place())
                : byNode.keySet().stream().filter(node -> listens(node, slot)).toList();
    }

    private boolean listens(String node, Slot slot) {
        return inReport(node, slot) && !excused.has(new Slot(node, slot.protocol(), slot.port()));
    }

    private boolean inReport(String node, Slot slot) {
        OfNode here = byNode.get(node);
        return here != null && here.ports(slot.protocol()).contains(slot.port());
    }
}
