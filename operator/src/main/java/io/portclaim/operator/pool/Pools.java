package io.portclaim.operator.pool;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.node.Selectors;
import io.portclaim.operator.protocol.PoolView;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The pools of the cluster and the nodes each serves. Thread-safe. */
public final class Pools implements ResourceEventHandler<PortPool>, PoolView {
    private final Nodes nodes;
    private final PoolReader reader;
    private final Consumer<String> changed;
    private final Map<String, Pool> pools = new ConcurrentHashMap<>();
    private final Map<String, ServedNodes> served = new ConcurrentHashMap<>();
    private final Map<String, List<NodeFacts>> profiles = new HashMap<>();

    /**
     * The nodes that a pool serves.
     *
     * @param pool the pool as it was when they were selected
     * @param version the {@linkplain Nodes#version() version} of the nodes then
     * @param nodes all of them, by name
     * @param profiles one node of each profile, as far as its use of its own ports goes: what is usable on these is usable on
     *     all, however many there are
     */
    public record ServedNodes(Pool pool, long version, Map<String, Nodes.KnownNode> nodes, List<NodeFacts> profiles) {}

    /** Pools over {@code nodes} that call {@code changed} with the name of each that comes, goes or is edited. */
    public Pools(Nodes nodes, Duration minCooldown, Consumer<String> changed) {
        this.nodes = nodes;
        this.reader = new PoolReader(minCooldown);
        this.changed = changed;
    }

    @Override
    public void onAdd(PortPool pool) {
        Pool read = reader.read(pool);
        pools.put(read.name(), read);
        changed.accept(read.name());
    }

    @Override
    public void onUpdate(PortPool before, PortPool pool) {
        boolean sameSpec = before.getMetadata().getGeneration() != null
                && before.getMetadata()
                        .getGeneration()
                        .equals(pool.getMetadata().getGeneration())
                && before.getMetadata().getUid().equals(pool.getMetadata().getUid());
        Pool known = pools.get(pool.getMetadata().getName());
        if (!sameSpec || known == null || known.isDefault() != reader.read(pool).isDefault()) {
            onAdd(pool);
        }
    }

    @Override
    public void onDelete(PortPool pool, boolean finalStateUnknown) {
        String name = pool.getMetadata().getName();
        pools.remove(name);
        served.remove(name);
        changed.accept(name);
    }

    /** The pool of this name. */
    public Optional<Pool> get(String name) {
        return Optional.ofNullable(pools.get(name));
    }

    /** Every pool. */
    public List<Pool> all() {
        return List.copyOf(pools.values());
    }

    @Override
    public Optional<PoolRules> rules(String name) {
        return get(name).map(Pool::rules);
    }

    @Override
    public Set<String> names() {
        return Set.copyOf(pools.keySet());
    }

    @Override
    public String nameOrDefault(@Nullable String name) {
        return name != null ? name : defaultPool().map(Pool::name).orElse("");
    }

    /** The pool for claims that name none: of several so marked the newest, then the first by name, as for StorageClass. */
    public Optional<Pool> defaultPool() {
        return pools.values().stream()
                .filter(Pool::isDefault)
                .min(Comparator.comparing(Pool::created).reversed().thenComparing(Pool::name));
    }

    /** The nodes that {@code pool} serves now. */
    public ServedNodes nodesOf(Pool pool) {
        ServedNodes known = served.get(pool.name());
        if (known != null && known.version() == nodes.version() && known.pool().equals(pool)) {
            return known;
        }
        ServedNodes fresh = select(pool);
        served.put(pool.name(), fresh);
        return fresh;
    }

    /**
     * The pools whose nodes have profiles that none had at the last call, or lack some that one had: what is
     * usable there has changed for a claim on every node. Belongs to one thread.
     */
    public Set<String> withOtherProfiles() {
        Set<String> others = new HashSet<>();
        for (Pool pool : all()) {
            List<NodeFacts> now = nodesOf(pool).profiles();
            List<NodeFacts> before = profiles.put(pool.name(), now);
            if (before == null || !covers(before, now) || !covers(now, before)) {
                others.add(pool.name());
            }
        }
        profiles.keySet().retainAll(pools.keySet());
        return others;
    }

    /** Whether some pool gives out the port of one of {@code slots}, be it not on every node. */
    public boolean offerAny(Collection<Slot> slots) {
        List<PortSet> offered =
                pools.values().stream().map(pool -> pool.rules().base()).toList();
        return slots.stream().anyMatch(slot -> offered.stream().anyMatch(ports -> ports.contains(slot.port())));
    }

    private static boolean covers(List<NodeFacts> profiles, List<NodeFacts> others) {
        return others.stream().allMatch(other -> profiles.stream().anyMatch(other::sharesProfile));
    }

    private ServedNodes select(Pool pool) {
        long version = nodes.version();
        Map<String, Nodes.KnownNode> matching = nodes.all();
        matching.values().removeIf(node -> !Selectors.matches(pool.nodeSelector(), node.labels()));
        List<NodeFacts> profiles = new ArrayList<>();
        for (Nodes.KnownNode node : matching.values()) {
            if (profiles.stream().noneMatch(node.facts()::sharesProfile)) {
                profiles.add(node.facts());
            }
        }
        return new ServedNodes(pool, version, matching, List.copyOf(profiles));
    }

    @Override
    public Duration of(String pool, PortGrant grant) {
        return get(pool).map(found -> found.rules().cooldown(grant)).orElseGet(() -> longestCooldown(grant));
    }

    /** Of a pool that is not known: the longest of those that have such numbers; where none has, the longest by default. */
    private Duration longestCooldown(PortGrant grant) {
        PortSet numbers = PortSet.of(grant.range());
        return pools.values().stream()
                .filter(pool -> pool.rules().base().intersects(numbers))
                .map(pool -> pool.rules().cooldown(grant))
                .max(Comparator.naturalOrder())
                .orElseGet(() -> grant.protocols().stream()
                        .map(PoolRules.Spec.defaultCooldown()::get)
                        .max(Comparator.naturalOrder())
                        .orElseThrow());
    }
}
