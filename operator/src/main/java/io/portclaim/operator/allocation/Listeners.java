package io.portclaim.operator.allocation;

import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.Protocol;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The ports that processes on the nodes listen on, as the nodes' agents report them. A listener is presumed to belong to a pod
 * that declares its port on that node; then the declaration counts and its rules with it, and the listener is
 * <em>explained</em>.
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

    private record OfNode(CompactPorts tcp, CompactPorts udp) {
        static final OfNode NONE = new OfNode(CompactPorts.EMPTY, CompactPorts.EMPTY);

        CompactPorts ports(Protocol protocol) {
            return switch (protocol) {
                case TCP -> tcp;
                case UDP -> udp;
                case SCTP -> CompactPorts.EMPTY;
            };
        }

        BitSet bits(Protocol protocol) {
            BitSet bits = new BitSet();
            ports(protocol).addTo(bits);
            return bits;
        }
    }

    /** No listeners yet; those of pods are recognized by what these have {@code declared}. */
    public Listeners(ForeignPorts declared) {
        this.declared = declared;
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

    private Set<Slot> change(String node, @Nullable OfNode known, OfNode now) {
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
            here.ports(protocol).addTo(into);
        }
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
        OfNode here = byNode.get(node);
        return here != null && here.ports(slot.protocol()).contains(slot.port());
    }
}
