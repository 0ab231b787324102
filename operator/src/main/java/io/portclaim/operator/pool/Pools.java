package io.portclaim.operator.pool;

import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.node.NodeChange;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.protocol.PoolView;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The pools of the cluster and the nodes each serves. Thread-safe. */
public final class Pools implements ResourceEventHandler<PortPool>, PoolView {
    private final Nodes nodes;
    private final PoolReader reader;
    private final Consumer<String> changed;
    private final Map<String, Pool> pools = new ConcurrentHashMap<>();
    private final Map<String, ServedNodes> served = new ConcurrentHashMap<>();

    /** Pools over {@code nodes} that call {@code changed} with the name of each that comes, goes or is edited. */
    public Pools(Nodes nodes, Duration minCooldown, Consumer<String> changed) {
        this.nodes = nodes;
        this.reader = new PoolReader(minCooldown);
        this.changed = changed;
        nodes.follow(this::nodeChanged);
    }

    private synchronized void nodeChanged(NodeChange change) {
        served.values().forEach(nodesOfPool -> nodesOfPool.update(change.name(), change.after()));
    }

    @Override
    public void onAdd(PortPool pool) {
        Pool read = reader.read(pool);
        synchronized (this) {
            pools.put(read.name(), read);
            served.put(read.name(), select(read));
        }
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
        synchronized (this) {
            pools.remove(name);
            served.remove(name);
        }
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

    /** The nodes that {@code pool} serves, now and from now on. */
    public ServedNodes nodesOf(Pool pool) {
        ServedNodes known = served.get(pool.name());
        // Whoever has an older version of the pool, or one that is gone, gets what that version would serve.
        return known != null && known.pool().equals(pool) ? known : select(pool);
    }

    private ServedNodes select(Pool pool) {
        ServedNodes selected = new ServedNodes(pool);
        nodes.all().forEach(selected::update);
        return selected;
    }

    /** The pools that give out the port of one of {@code slots}, be it not on every node. */
    public Set<String> offering(Collection<Slot> slots) {
        return pools.values().stream()
                .filter(pool ->
                        slots.stream().anyMatch(slot -> pool.rules().base().contains(slot.port())))
                .map(Pool::name)
                .collect(Collectors.toSet());
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
