package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.kube.LaterEvents;
import io.portclaim.operator.protocol.Listing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
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
 */
final class CurrentObjects<T extends HasMetadata> {
    /** So many are listed sooner than an API server says how far a watch is. */
    static final int FEW = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(CurrentObjects.class);

    private final Class<T> kind;
    private final PackedStore<T> cache;
    private final LongFunction<LaterEvents.Requested> later;
    private final KubernetesSerialization json;
    private final int few;

    /** The objects that {@code cache} has; {@code later} requests what has happened to them since a version. */
    CurrentObjects(
            Class<T> kind,
            PackedStore<T> cache,
            LongFunction<LaterEvents.Requested> later,
            KubernetesSerialization json) {
        this(kind, cache, later, json, FEW);
    }

    /** The same; up to {@code few} objects are listed. */
    CurrentObjects(
            Class<T> kind,
            PackedStore<T> cache,
            LongFunction<LaterEvents.Requested> later,
            KubernetesSerialization json,
            int few) {
        this.few = few;
        this.kind = kind;
        this.cache = cache;
        this.later = later;
        this.json = json;
    }

    /** Requests the objects; {@code listed} is asked only where the cache can't be known to be current. */
    Listing<T> requested(Listing<T> listed) {
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
        LaterEvents.Requested events = later.apply(position.getAsLong());
        return visitor -> {
            List<LaterEvents.Event> since;
            try {
                since = events.await();
            } catch (IOException e) {
                LOG.info(
                        "All {} objects are listed: what has changed since the cache was filled is not known: {}",
                        kind.getSimpleName(),
                        e.getMessage());
                listed.forEach(visitor);
                return;
            }
            visit(since, visitor);
        };
    }

    private void visit(List<LaterEvents.Event> since, Consumer<T> visitor) {
        Map<String, LaterEvents.Event> last = new HashMap<>();
        since.forEach(event -> last.put(event.key(), event));
        cache.values().forEach(object -> {
            String key = cache.getKey(object);
            LaterEvents.Event event = last.get(key);
            if (event == null || event.version() <= version(object)) {
                last.remove(key);
                visitor.accept(object);
            }
        });
        for (LaterEvents.Event event : last.values()) {
            byte[] object = event.object();
            if (object != null) {
                visitor.accept(json.unmarshal(new ByteArrayInputStream(object), kind));
            }
        }
    }

    private static long version(HasMetadata object) {
        return Long.parseLong(object.getMetadata().getResourceVersion());
    }
}
