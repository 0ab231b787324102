package io.portclaim.operator.cache;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each object as its JSON, {@linkplain Packing packed}, a tenth of what the object takes; and builds it again for
 * everyone who asks, who may then do with it what they like. Thread-safe.
 *
 * @param <T> the kind of object
 */
public final class PackedStore<T extends HasMetadata> implements ItemStore<T> {
    /** Enough to keep all cores busy, and few enough to be collected while they are young. */
    private static final int BATCH = 512;

    private final Map<String, byte[]> items = new ConcurrentHashMap<>();
    private final UnaryOperator<T> prune;
    private final Function<T, byte[]> write;
    private final Function<Supplier<byte[]>, T> read;
    private final Function<byte[], T> whole;
    private final Packing packing;
    private final CachePosition position;

    /** A store of what {@code prune} leaves; it hands out objects that {@code whole} has made of their JSON. */
    public PackedStore(
            UnaryOperator<T> prune,
            Function<T, byte[]> write,
            Function<byte[], T> whole,
            Packing packing,
            CachePosition position) {
        this(prune, write, kept -> whole.apply(kept.get()), whole, packing, position);
    }

    /**
     * A store of what {@code prune} leaves, which is all that its readers and handlers of events read.
     *
     * @param write makes JSON of an object
     * @param read makes an object of JSON, which it gets from the store as often as it needs it, also later
     * @param whole makes an object of JSON at once
     * @param packing makes such JSON small
     * @param position learns which versions are put here
     */
    public PackedStore(
            UnaryOperator<T> prune,
            Function<T, byte[]> write,
            Function<Supplier<byte[]>, T> read,
            Function<byte[], T> whole,
            Packing packing,
            CachePosition position) {
        this.prune = prune;
        this.write = write;
        this.read = read;
        this.whole = whole;
        this.packing = packing;
        this.position = position;
    }

    private @Nullable T unpacked(byte @Nullable [] packed) {
        return packed == null ? null : built(packed);
    }

    private T built(byte[] packed) {
        return read.apply(() -> packing.unpack(packed));
    }

    /** Up to which version it has everything. */
    public CachePosition position() {
        return position;
    }

    @Override
    public String getKey(T object) {
        return Cache.metaNamespaceKeyFunc(object);
    }

    @Override
    public @Nullable T put(String key, T object) {
        // Taken apart before it is changed.
        long version = Long.parseLong(object.getMetadata().getResourceVersion());
        byte[] before = items.put(key, packing.pack(write.apply(prune.apply(object))));
        position.taken(version);
        return unpacked(before);
    }

    @Override
    public @Nullable T remove(String key) {
        return unpacked(items.remove(key));
    }

    @Override
    public boolean isFullState() {
        return true;
    }

    @Override
    public Stream<String> keySet() {
        return items.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return items.values().stream().map(this::built);
    }

    /**
     * Calls {@code visitor} with what {@code convert} makes of each object and its key, one after the other. All cores build and
     * convert, some hundred objects at a time.
     */
    public <V> void forEach(BiFunction<String, T, V> convert, Consumer<V> visitor) {
        List<Map.Entry<String, byte[]>> batch = new ArrayList<>(BATCH);
        for (Map.Entry<String, byte[]> item : items.entrySet()) {
            batch.add(item);
            if (batch.size() == BATCH) {
                visit(batch, convert, visitor);
                batch.clear();
            }
        }
        visit(batch, convert, visitor);
    }

    private <V> void visit(
            List<Map.Entry<String, byte[]>> batch, BiFunction<String, T, V> convert, Consumer<V> visitor) {
        batch.parallelStream()
                .map(item -> convert.apply(item.getKey(), whole.apply(packing.unpack(item.getValue()))))
                .toList()
                .forEach(visitor);
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public @Nullable T get(String key) {
        return unpacked(items.get(key));
    }

    /** How many bytes the objects take, beside their keys and the table. */
    public long bytes() {
        return items.values().stream().mapToLong(packed -> packed.length).sum();
    }
}
