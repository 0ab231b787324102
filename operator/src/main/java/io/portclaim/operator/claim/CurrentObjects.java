package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.kube.LaterEvents;
import io.portclaim.operator.protocol.Listing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects of a kind as the quorum has them, without listing them: those of the cache, and what has happened since the version that
 * the cache has reached. Where that can't be had, and where they are few, they are listed.
 *
 * <p>Each object is as it was at some moment after the request: an object that has changed since the cache's position has an event, and
 * one without event is in the cache as it was then, or as it became later. Thread-safe.
 *
 * @param <T> the kind of objects
 * @param <V> what becomes of them
 */
final class CurrentObjects<T extends HasMetadata, V> {
    /** So many are listed sooner than an API server says how far a watch is. */
    static final int FEW = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(CurrentObjects.class);

    private final Class<T> kind;
    private final PackedStore<T> cache;
    private final Later later;
    private final KubernetesSerialization json;
    private final Function<T, V> convert;
    private final int few;

    /** Requests what has happened to the objects since a version. */
    @FunctionalInterface
    interface Later {
        /**
         * Waits for the present version, and not for the events.
         *
         * @throws IOException when they can't be had
         */
        LaterEvents.Requested since(long version) throws IOException;
    }

    /**
     * An object of the cache.
     *
     * @param key as the cache has it
     * @param version its version
     * @param value what has become of it
     */
    private record Cached<V>(String key, long version, V value) {}

    /**
     * What {@code convert} makes of the objects that {@code cache} has, on any thread; {@code later} requests what has happened to them
     * since a version.
     */
    CurrentObjects(
            Class<T> kind, PackedStore<T> cache, Later later, KubernetesSerialization json, Function<T, V> convert) {
        this(kind, cache, later, json, convert, FEW);
    }

    /** The same; up to {@code few} objects are listed. */
    CurrentObjects(
            Class<T> kind,
            PackedStore<T> cache,
            Later later,
            KubernetesSerialization json,
            Function<T, V> convert,
            int few) {
        this.convert = convert;
        this.few = few;
        this.kind = kind;
        this.cache = cache;
        this.later = later;
        this.json = json;
    }

    /**
     * Requests the objects, of each of which {@code reduce} keeps what is needed, on any thread; {@code all} is asked only where the
     * cache can't be known to be current.
     */
    <R> Listing<R> requested(Listing<T> all, Function<V, R> reduce) {
        Function<T, R> kept = convert.andThen(reduce);
        Listing<R> listed = visitor -> all.forEach(object -> visitor.accept(kept.apply(object)));
        if (cache.size() <= few) {
            return listed;
        }
        OptionalLong position = cache.position().now();
        if (position.isEmpty()) {
            LOG.info(
                    "All {} objects are listed: the API server was away, or the cache was just filled, so its version is not known",
                    kind.getSimpleName());
            return listed;
        }
        try {
            return new Updated<>(later.since(position.getAsLong()), kept, listed);
        } catch (IOException e) {
            sayUnknown(e);
            return listed;
        }
    }

    private void sayUnknown(IOException why) {
        LOG.info(
                "All {} objects are listed: what has changed since the cache was filled is not known: {}",
                kind.getSimpleName(),
                why.getMessage());
    }

    /** The cache, and what has happened since. Belongs to one thread. */
    private final class Updated<R> implements Listing<R> {
        private final LaterEvents.Requested events;
        private final Function<T, R> kept;
        private final Listing<R> listed;
        private @Nullable List<Cached<R>> cached;

        Updated(LaterEvents.Requested events, Function<T, R> kept, Listing<R> listed) {
            this.events = events;
            this.kept = kept;
            this.listed = listed;
        }

        /** Reads the cache while the events come: it has reached the version that they begin after. */
        @Override
        public void prepare() {
            cached();
        }

        private List<Cached<R>> cached() {
            List<Cached<R>> read = cached;
            if (read == null) {
                read = new ArrayList<>(cache.size());
                cache.forEach((key, object) -> new Cached<>(key, version(object), kept.apply(object)), read::add);
                cached = read;
            }
            return read;
        }

        @Override
        public void forEach(Consumer<R> visitor) throws IOException {
            List<LaterEvents.Event> since;
            try {
                since = events.await();
            } catch (IOException e) {
                sayUnknown(e);
                cached = null;
                listed.forEach(visitor);
                return;
            }
            visit(since, visitor);
        }

        private void visit(List<LaterEvents.Event> since, Consumer<R> visitor) {
            Map<String, LaterEvents.Event> last = new HashMap<>();
            since.forEach(event -> last.put(event.key(), event));
            List<Cached<R>> objects = cached();
            // Both kinds' are read before the first is visited, and there may be 100,000 of each.
            cached = null;
            for (Cached<R> object : objects) {
                LaterEvents.Event event = last.get(object.key());
                if (event == null || event.version() <= object.version()) {
                    last.remove(object.key());
                    visitor.accept(object.value());
                }
            }
            for (LaterEvents.Event event : last.values()) {
                byte[] object = event.object();
                if (object != null) {
                    visitor.accept(kept.apply(json.unmarshal(new ByteArrayInputStream(object), kind)));
                }
            }
        }
    }

    private static long version(HasMetadata object) {
        return Long.parseLong(object.getMetadata().getResourceVersion());
    }
}
