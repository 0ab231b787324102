package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What is around claims, and changes at random: pools, nodes, and the pods and Services that declare ports. */
final class SimulatedSurroundings {
    static final List<String> NODES = List.of("n0", "n1", "n2", "n3", "n4", "n5");
    static final int FIRST_PORT = 100;
    /** All ports that anything here names lie in the first so many from there. */
    static final int PORTS = 64;

    private static final int MOST_PODS = 5;

    final SortedMap<String, SimulatedNode> nodes = new TreeMap<>();
    final Map<String, SimulatedPool> pools = new TreeMap<>();
    final List<SimulatedPod> pods = new ArrayList<>();
    private final @Nullable List<String> log;
    /** Where processes listen, each on its node. */
    final Set<Slot> listening = new TreeSet<>(Comparator.comparing(Slot::toString));

    private ForeignPorts foreign = new ForeignPorts();
    private Listeners listeners = new Listeners(foreign, Clock.systemUTC());
    private int made;

    /** Says what happens in {@code log}, if there is one. */
    SimulatedSurroundings(@Nullable List<String> log) {
        this.log = log;
        pools.put("p0", new SimulatedPool("p0", 100, 124, 103, 120, false, 4, 0));
        pools.put("p1", new SimulatedPool("p1", 115, 139, 130, 134, false, 0, 12));
        for (String node : NODES.subList(0, 3)) {
            nodes.put(node, new SimulatedNode(node, false, FIRST_PORT, FIRST_PORT));
        }
    }

    void say(String text, Object... values) {
        if (log != null) {
            log.add(text.formatted(values));
        }
    }

    /** A number that was not given before. */
    int next() {
        return made++;
    }

    RequestedPort requested(int how, int which) {
        TransportProtocol transport = TransportProtocol.values()[how % 4];
        Integer port = which % 3 == 0 ? FIRST_PORT + which / 3 % 40 : null;
        int alignment = which % 7 == 0 && port == null ? 1 + how / 4 % 4 : 1;
        return new RequestedPort("a" + next(), transport, port, which % 5 == 0 ? 1 + which / 5 % 4 : 1, alignment);
    }

    /** An ask for the number of another one, on another protocol. */
    RequestedPort twin(RequestedPort of, int how) {
        TransportProtocol[] all = TransportProtocol.values();
        return new RequestedPort(
                "a" + next(), all[(of.transport().ordinal() + 1 + how % 3) % all.length], of.port(), of.count());
    }

    void editPool(HistoryStep step) {
        String name = "p" + step.a() % 2;
        int first = FIRST_PORT + step.b() % 20;
        int last = first + 9 + step.b() / 20 % 11;
        SimulatedPool pool = new SimulatedPool(
                name,
                first,
                last,
                first + step.c() % 10,
                FIRST_PORT + step.c() / 10 % 40,
                step.c() % 4 == 0,
                step.a() / 2 % 8,
                step.a() % 3 == 0 ? 10 : 0);
        pools.put(name, pool);
        say("edit %s", pool);
    }

    void changeNode(HistoryStep step) {
        String name = NODES.get(step.a() % NODES.size());
        if (nodes.containsKey(name) && step.b() % 2 == 0) {
            nodes.remove(name);
            say("node %s leaves", name);
            return;
        }
        SimulatedNode node = new SimulatedNode(
                name, step.b() % 3 != 0, FIRST_PORT + step.c() % 40, FIRST_PORT + step.c() % 40 + step.c() / 40 % 5);
        nodes.put(name, node);
        say("%s", node);
    }

    void changePod(HistoryStep step, Instant now) {
        if (pods.size() == MOST_PODS || (!pods.isEmpty() && step.a() % 2 == 0)) {
            SimulatedPod gone = pods.remove(step.b() % pods.size());
            foreign.withdraw(gone.uid());
            say("gone: %s", gone);
            return;
        }
        String place = step.a() % 7 == 0 ? "*" : NODES.get(step.b() % NODES.size());
        Slot slot = new Slot(place, Protocol.values()[step.c() % 3], FIRST_PORT + step.c() / 3 % 40);
        boolean isService = place.equals("*") || step.a() % 11 == 0;
        String configMap = step.a() % 3 == 0 || isService ? null : "web" + step.b() / 8 % 7 + "-ports";
        SimulatedPod pod = new SimulatedPod("pod" + next(), "ns" + step.a() / 2 % 2, now, isService, slot, configMap);
        pods.add(pod);
        declare(pod);
        say("%s", pod);
    }

    private void declare(SimulatedPod pod) {
        String kind = pod.isService() ? "Service" : "Pod";
        foreign.declare(pod.uid(), new ForeignPorts.Owner(kind, pod.namespace(), pod.uid()), List.of(pod.declared()));
    }

    /** A process begins to listen or ceases to; half of the time on a port that a claim holds, as a claim's own does. */
    void changeListener(HistoryStep step, List<Slot> held) {
        Slot slot;
        if (!listening.isEmpty() && step.a() % 2 == 0) {
            slot = List.copyOf(listening).get(step.b() % listening.size());
        } else if (!held.isEmpty() && step.a() % 4 == 1) {
            Slot of = held.get(step.b() % held.size());
            slot = of.place().equals("*") ? new Slot(NODES.get(step.c() % NODES.size()), of.protocol(), of.port()) : of;
        } else {
            slot = new Slot(
                    NODES.get(step.b() % NODES.size()),
                    Protocol.values()[step.c() % 2],
                    FIRST_PORT + step.c() / 2 % 40);
        }
        if (slot.protocol() != Protocol.SCTP && !listening.remove(slot)) {
            listening.add(slot);
        }
        report(slot.place());
        say("listening: %s", listening);
    }

    private void report(String node) {
        listeners.report(node, listenedOn(node, Protocol.TCP), listenedOn(node, Protocol.UDP));
    }

    private CompactPorts listenedOn(String node, Protocol protocol) {
        BitSet ports = new BitSet();
        listening.stream()
                .filter(slot -> slot.place().equals(node) && slot.protocol() == protocol)
                .forEach(slot -> ports.set(slot.port()));
        return CompactPorts.of(PortSet.copyOf(ports));
    }

    /** An index that knows what is around it as a new leader learns it. */
    PortIndex newIndex(Clock clock) {
        foreign = new ForeignPorts();
        listeners = new Listeners(foreign, clock);
        pods.forEach(this::declare);
        NODES.forEach(this::report);
        return new PortIndex(clock, foreign, listeners, new EstimatedSize());
    }

    /** Takes away the pods and the processes. */
    void removeOthers() {
        pods.forEach(pod -> foreign.withdraw(pod.uid()));
        pods.clear();
        listening.clear();
        NODES.forEach(this::report);
    }

    List<NodeFacts> facts() {
        return nodes.values().stream().map(SimulatedNode::facts).toList();
    }
}
