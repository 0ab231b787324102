package io.portclaim.operator.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.portclaim.operator.allocation.NodeFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is shown of pools. A pool that is gone, and what is not known of one, has no sample. */
final class PoolGauges {
    private final MeterRegistry registry;
    private final MultiGauge slots;
    private final MultiGauge assignedSlots;
    private final MultiGauge coolingSlots;
    private final MultiGauge availableSlots;
    private final MultiGauge clusterNumbers;
    private final MultiGauge availableClusterNumbers;
    private final MultiGauge tightestNode;
    private final MultiGauge nodes;

    PoolGauges(MeterRegistry registry) {
        this.registry = registry;
        slots = gauge("portclaim.pool.slots", "Slots (node, protocol, port) that a pool may ever assign.");
        assignedSlots = gauge("portclaim.pool.slots.assigned", "Slots of a pool that claims hold.");
        coolingSlots = gauge(
                "portclaim.pool.slots.cooling", "Slots of a pool that are released and still blocked or cooling.");
        availableSlots = gauge("portclaim.pool.slots.available", "Slots of a pool that can be assigned now.");
        clusterNumbers = gauge(
                "portclaim.pool.cluster.numbers",
                "Numbers of a pool that may be assigned on all of its nodes at once.");
        availableClusterNumbers = gauge(
                "portclaim.pool.cluster.numbers.available",
                "Numbers of a pool that are free on all of its nodes now, for claims of scope Cluster.");
        tightestNode = gauge(
                "portclaim.pool.tightest.node.available",
                "Numbers of a pool that are free on the node that has the fewest free numbers.");
        nodes = gauge(
                "portclaim.pool.nodes",
                "Nodes of a pool, by the source of their ephemeral range: reported by the node's agent, annotated on"
                        + " the node, or assumed.");
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    void show(Map<String, PoolSlots> pools) {
        show(slots, pools, PoolSlots::total);
        show(assignedSlots, pools, PoolSlots::assigned);
        show(coolingSlots, pools, PoolSlots::cooling);
        show(availableSlots, pools, PoolSlots::available);
        show(clusterNumbers, pools, PoolSlots::clusterNumbers);
        show(availableClusterNumbers, pools, PoolSlots::clusterNumbersAvailable);
        show(tightestNode, pools, PoolSlots::tightestNodeAvailable);
    }

    private static void show(
            MultiGauge gauge, Map<String, PoolSlots> pools, Function<PoolSlots, @Nullable Long> number) {
        List<Row<?>> rows = new ArrayList<>();
        pools.forEach((pool, slots) -> {
            Long value = number.apply(slots);
            if (value != null) {
                rows.add(Row.of(Tags.of("pool", pool), value));
            }
        });
        gauge.register(rows, true);
    }

    void showNodes(Map<String, Map<NodeFacts.Source, Long>> pools) {
        List<Row<?>> rows = new ArrayList<>();
        pools.forEach((pool, counts) -> {
            for (NodeFacts.Source source : NodeFacts.Source.values()) {
                Tags tags = Tags.of("pool", pool, "facts", source.name().toLowerCase(Locale.ROOT));
                rows.add(Row.of(tags, counts.getOrDefault(source, 0L)));
            }
        });
        nodes.register(rows, true);
    }
}
