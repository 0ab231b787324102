package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps only the fields that are ever looked at again. A watch hands every event over in full; what stays in memory for
 * the life of a pod or claim is what {@code prune} leaves.
 *
 * @param <T> the kind of object
 */
public final class PrunedStore<T extends HasMetadata> implements ItemStore<T> {
    private final Map<String, T> items = new ConcurrentHashMap<>();
    private final UnaryOperator<T> prune;

    /** A store of what {@code prune} leaves; it must keep name, namespace, UID and resourceVersion. */
    public PrunedStore(UnaryOperator<T> prune) {
        this.prune = prune;
    }

    /** Drops what records which client wrote which field: a third of a small object, read by nobody here. */
    public static <T extends HasMetadata> T withoutManagedFields(T object) {
        object.getMetadata().setManagedFields(null);
        return object;
    }

    @Override
    public String getKey(T object) {
        return Cache.metaNamespaceKeyFunc(object);
    }

    @Override
    public @Nullable T put(String key, T object) {
        return items.put(key, prune.apply(object));
    }

    @Override
    public @Nullable T remove(String key) {
        return items.remove(key);
    }

    @Override
    public Stream<String> keySet() {
        return items.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return items.values().stream();
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public @Nullable T get(String key) {
        return items.get(key);
    }

    /** It does not keep objects in full, so handlers must be told of each as it comes, not of what is kept of it. */
    @Override
    public boolean isFullState() {
        return false;
    }
}
