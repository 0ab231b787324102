package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Requests;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The requests that are made for ConfigMaps, each with the API server's time of its answer. Thread-safe. */
final class MapRequests {
    private final Requests requests;
    private final KubernetesSerialization serialization;
    private final InstantSource clock;

    /** {@code clock} stands in for the API server's where something between has taken the Date off an answer. */
    MapRequests(Requests requests, KubernetesSerialization serialization, InstantSource clock) {
        this.requests = requests;
        this.serialization = serialization;
        this.clock = clock;
    }

    /**
     * A ConfigMap as the quorum has it.
     *
     * @param map the ConfigMap; null when there is none
     * @param at when that was so, by the API server's clock
     */
    record Seen(@Nullable ConfigMap map, Instant at) {}

    /**
     * Reads a ConfigMap from the quorum.
     *
     * @throws IllegalStateException when nothing can be said of it now
     */
    Seen read(ClaimKey name) {
        Requests.Answer answer = answered(() -> requests.get(path(name)));
        if (answer.isSuccess()) {
            return new Seen(map(answer), at(answer));
        }
        if (answer.saysAbsent(name.name())) {
            return new Seen(null, at(answer));
        }
        throw new IllegalStateException("ConfigMap %s can't be read now: %s".formatted(name, answer.message()));
    }

    Requests.Answer create(ConfigMap map, boolean dryRun) {
        String collection = ClaimMap.collection(map.getMetadata().getNamespace());
        return answered(() -> requests.send("POST", collection + query(dryRun), map));
    }

    /** Overwrites the very version that {@code map} has in its metadata. */
    Requests.Answer update(ConfigMap map, boolean dryRun) {
        return answered(() -> requests.send("PUT", path(ClaimMap.name(map)) + query(dryRun), map));
    }

    /**
     * Deletes this very version of it.
     *
     * @throws IllegalStateException when it stays, because somebody's finalizer is on it
     */
    Requests.Answer delete(ConfigMap map) {
        Map<String, Object> preconditions = Map.of(
                "apiVersion", "v1",
                "kind", "DeleteOptions",
                "preconditions",
                        Map.of(
                                "uid", map.getMetadata().getUid(),
                                "resourceVersion", map.getMetadata().getResourceVersion()));
        ClaimKey name = ClaimMap.name(map);
        Requests.Answer answer = answered(() -> requests.send("DELETE", path(name), preconditions));
        if (answer.isSuccess() && !answer.finalizers().isEmpty()) {
            throw new IllegalStateException(
                    "ConfigMap %s is deleted and stays, for it has the finalizers %s: take them off it"
                            .formatted(name, answer.finalizers()));
        }
        return answer;
    }

    /** The ConfigMap in the answer to a write. */
    ConfigMap map(Requests.Answer answer) {
        return serialization.unmarshal(new ByteArrayInputStream(answer.body()), ConfigMap.class);
    }

    /** When the API server answered. */
    Instant at(Requests.Answer answer) {
        return answer.date().orElseGet(clock::instant);
    }

    /** A time that is not before the API server's present one. */
    Instant now() {
        return requests.latestServerTime().orElseGet(clock::instant);
    }

    private static String path(ClaimKey name) {
        return ClaimMap.collection(name.namespace()) + "/" + name.name();
    }

    private static String query(boolean dryRun) {
        return dryRun ? "?dryRun=All" : "";
    }

    private interface Sending {
        Requests.Answer send() throws IOException;
    }

    private static Requests.Answer answered(Sending sending) {
        try {
            return sending.send();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
