package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps only the fields that are ever read again. A watch hands every event over in full; what stays in memory for
 * the life of a pod or claim is what {@code prune} leaves.
 *
 * @param <T> the kind of object
 */
public final class PrunedStore<T extends HasMetadata> implements ItemStore<T> {
    private final Map<String, T> items = new ConcurrentHashMap<>();
    private final UnaryOperator<T> prune;
    private final boolean isFullState;

    /** A store of what {@code prune} leaves, which is all that its readers and handlers of events read. */
    public PrunedStore(UnaryOperator<T> prune) {
        this(prune, true);
    }

    private PrunedStore(UnaryOperator<T> prune, boolean isFullState) {
        this.prune = prune;
        this.isFullState = isFullState;
    }

    /**
     * A store of who the objects are: name, namespace, UID, resourceVersion and hardly more. Handlers see each object in
     * full, once, as it comes; were the first list's events taken from the store, they would see these remains.
     */
    public static <T extends HasMetadata> PrunedStore<T> ofIdentities(UnaryOperator<T> prune) {
        return new PrunedStore<>(prune, false);
    }

    /** Of {@code object}'s metadata what says which object it is, at which version. */
    static ObjectMeta identity(HasMetadata object) {
        return new ObjectMetaBuilder()
                .withName(object.getMetadata().getName())
                .withNamespace(object.getMetadata().getNamespace())
                .withUid(object.getMetadata().getUid())
                .withResourceVersion(object.getMetadata().getResourceVersion())
                .build();
    }

    /** Drops what records which client wrote which field: a third of a small object, read by nobody here. */
    public static <T extends HasMetadata> T withoutManagedFields(T object) {
        object.getMetadata().setManagedFields(null);
        return object;
    }

    /** Drops what a tenant may fill with 256 KiB of its own, and managed fields too. */
    public static <T extends HasMetadata> T withoutAnnotations(T object) {
        object.getMetadata().setAnnotations(null);
        return withoutManagedFields(object);
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
    public boolean isFullState() {
        return isFullState;
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
}
