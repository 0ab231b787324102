package io.portclaim.operator.allocation;

import io.portclaim.ports.PortSet;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How full a pool is. Of each node is kept by how much its counts differ from those of a node on which nothing of its own is taken or
 * used, so that what is taken everywhere is counted once for all nodes alike, and only nodes whose own ports have changed
 * are counted again. Thread-safe.
 */
final class PoolCount {
    private static final Comparator<Own> FULLEST =
            Comparator.comparingInt((Own own) -> own.more.free()).thenComparing(Own::name);

    private final PortIndex lock;
    private final PlaceCount places;
    private final PoolRules pool;
    private final PoolNodes nodes;
    private final AtomicLong nodesCounted;
    /** The nodes on which something of their own is taken or used; and those of them with fewer free ports, by what is usable. */
    private final Map<String, Own> own = new HashMap<>();

    private final Map<PortSet, NavigableSet<Own>> fuller = new HashMap<>();
    private long assigned;
    private long cooling;
    private long available;

    /**
     * What a node has beyond what is taken everywhere.
     *
     * @param usable what is usable on it
     * @param more by how much its counts differ from those of another node on which the same is usable
     */
    private record Own(String name, PortSet usable, PlaceCount.Numbers more) {}

    /** The nodes on which the same ports are usable. */
    private record Alike(int nodes, NodeFacts first) {
        Alike and(Alike other) {
            return new Alike(
                    nodes + other.nodes, first.name().compareTo(other.first.name()) <= 0 ? first : other.first);
        }
    }

    PoolCount(IndexState state, PortIndex lock, PoolRules pool, PoolNodes nodes, AtomicLong nodesCounted) {
        this.lock = lock;
        this.places = new PlaceCount(state);
        this.pool = pool;
        this.nodes = nodes;
        this.nodesCounted = nodesCounted;
        nodes.allChanged();
    }

    /** Whether it counts the pool of these very rules and nodes. */
    boolean isOf(PoolRules rules, PoolNodes ofPool) {
        return pool == rules && nodes == ofPool;
    }

    /** A port at a place is used in another way. */
    void portChanged(String place, int port) {
        if (pool.base().contains(port)) {
            nodes.portChanged(place, port);
        }
    }

    /** Counts what has changed; nobody waits for more than one node's count. */
    synchronized PoolUse use() {
        PoolNodes.News news = nodes.news();
        if (news.isAll()) {
            forgetAll();
        }
        synchronized (lock) {
            places.readEverywhere();
        }
        news.nodes().forEach(this::count);
        if (!news.numbers().isEmpty()) {
            countThoseWith(news.numbers(), news.nodes().keySet());
        }
        return sum(news.kinds());
    }

    private void forgetAll() {
        own.clear();
        fuller.clear();
        assigned = 0;
        cooling = 0;
        available = 0;
    }

    private void count(String name, Optional<NodeFacts> facts) {
        count(name, facts.map(pool::usableOn).orElse(null));
    }

    private void count(String name, @Nullable PortSet usable) {
        @Nullable Own before = own.remove(name);
        if (before != null) {
            add(before.more, -1);
            fuller.computeIfPresent(before.usable, (key, full) -> full.remove(before) && full.isEmpty() ? null : full);
        }
        synchronized (lock) {
            if (usable == null || !places.hasOwn(name)) {
                return;
            }
            nodesCounted.incrementAndGet();
            Own now = new Own(name, usable, places.ownOf(name, usable));
            own.put(name, now);
            add(now.more, 1);
            if (now.more.free() < 0) {
                fuller.computeIfAbsent(usable, key -> new TreeSet<>(FULLEST)).add(now);
            }
        }
    }

    /** What a number adds to a node's counts depends on whether it is taken everywhere too. */
    private void countThoseWith(BitSet numbers, Set<String> counted) {
        Collection<Own> with;
        synchronized (lock) {
            with = places.onAnyNode(numbers)
                    ? own.values().stream()
                            .filter(node -> !counted.contains(node.name) && places.hasOwn(node.name, numbers))
                            .toList()
                    : List.of();
        }
        with.forEach(node -> count(node.name, node.usable));
    }

    private void add(PlaceCount.Numbers more, int times) {
        assigned += (long) times * more.assigned();
        cooling += (long) times * more.cooling();
        available += (long) times * more.free();
    }

    private PoolUse sum(NodeKinds kinds) {
        Map<PortSet, Alike> byUsable = new HashMap<>();
        kinds.kinds()
                .forEach(kind -> byUsable.merge(
                        pool.usableOn(kind.example()), new Alike(kind.nodes(), kind.example()), Alike::and));
        long total = 0;
        long[] sums = {assigned, cooling, available};
        @Nullable Own tightest = null;
        for (Map.Entry<PortSet, Alike> entry : byUsable.entrySet()) {
            PortSet usable = entry.getKey();
            long alike = entry.getValue().nodes;
            PlaceCount.Numbers each = places.everywhere(usable);
            total += alike * usable.size();
            sums[0] += alike * each.assigned();
            sums[1] += alike * each.cooling();
            sums[2] += alike * each.free();
            Own first = tightest(usable, entry.getValue(), each);
            tightest = tightest == null || FULLEST.compare(first, tightest) < 0 ? first : tightest;
        }
        PortSet shared =
                pool.usableOn(byUsable.values().stream().map(Alike::first).toList());
        int claims;
        int clusterAvailable;
        synchronized (lock) {
            clusterAvailable = places.freeEverywhere(shared);
            claims = places.claims(pool.name());
        }
        return new PoolUse(
                total,
                sums[0],
                sums[1],
                sums[2],
                claims,
                tightest == null ? null : tightest.name,
                tightest == null ? 0 : tightest.more.free(),
                shared.size(),
                clusterAvailable);
    }

    /** The first by name of those nodes that have the fewest free numbers, and how many these are. */
    private Own tightest(PortSet usable, Alike alike, PlaceCount.Numbers each) {
        NavigableSet<Own> full = fuller.get(usable);
        return full == null
                ? new Own(alike.first.name(), usable, each)
                : new Own(full.first().name, usable, each.plus(full.first().more));
    }
}
