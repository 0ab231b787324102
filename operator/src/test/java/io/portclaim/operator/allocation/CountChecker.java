package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts pools slot by slot, and compares with what is counted by the changes. */
final class CountChecker {
    private final Map<String, PoolNodes> nodesOfPools = new HashMap<>();
    private final Map<String, PoolRules> rulesOfPools = new HashMap<>();

    /** Compares what is kept of the pool. */
    void check(PortIndex index, PoolRules edited, List<NodeFacts> facts) {
        PoolRules rules = Objects.requireNonNull(rulesOfPools.compute(
                edited.name(), (name, known) -> known != null && known.spec().equals(edited.spec()) ? known : edited));
        PoolNodes nodes = nodesOfPools.computeIfAbsent(rules.name(), name -> new PoolNodes());
        Map<String, NodeFacts> byName = new TreeMap<>();
        facts.forEach(node -> byName.put(node.name(), node));
        SimulatedSurroundings.NODES.forEach(name -> nodes.update(name, byName.get(name)));

        assertThat(index.use(rules, nodes)).isEqualTo(slotBySlot(index.state, rules, facts));
        assertThat(nodes.kinds().kinds())
                .containsExactlyInAnyOrderElementsOf(PoolNodes.of(facts).kinds().kinds());
        assertThat(nodes.profiles()).isEqualTo(PoolNodes.of(facts).profiles());
    }

    private static PoolUse slotBySlot(IndexState state, PoolRules rules, List<NodeFacts> nodes) {
        int[] counts = new int[5];
        @Nullable String tightest = null;
        int tightestFree = 0;
        for (NodeFacts node : nodes) {
            int freeBefore = counts[3];
            rules.usableOn(node).toBitSet().stream().forEach(port -> {
                counts[0]++;
                counts[kind(state, node.name(), port)]++;
            });
            int free = counts[3] - freeBefore;
            if (tightest == null || free < tightestFree) {
                tightest = node.name();
                tightestFree = free;
            }
        }
        List<String> places = new ArrayList<>(SimulatedSurroundings.NODES);
        places.add(Place.EVERYWHERE);
        int shared = rules.usableOn(nodes).size();
        int free = (int) rules.usableOn(nodes).toBitSet().stream()
                .filter(port -> places.stream().allMatch(place -> kind(state, place, port) == 3))
                .count();
        return new PoolUse(
                counts[0],
                counts[1],
                counts[2],
                counts[3],
                state.table.claims(rules.name()),
                tightest,
                tightestFree,
                shared,
                free);
    }

    /** 1: assigned; 2: cooling; 3: free; 4: used by others. */
    private static int kind(IndexState state, String place, int port) {
        List<Slot> slots = Stream.of(Protocol.values())
                .map(protocol -> new Slot(place, protocol, port))
                .toList();
        List<Holder> holders = slots.stream()
                .map(state.index::holder)
                .flatMap(Stream::ofNullable)
                .toList();
        if (!holders.isEmpty()) {
            return holders.stream().allMatch(Holder.OfRelease.class::isInstance) ? 2 : 1;
        }
        boolean used =
                slots.stream().anyMatch(slot -> state.foreign.isDeclared(slot) || state.listeners.isListenedOn(slot));
        return used ? 4 : 3;
    }
}
