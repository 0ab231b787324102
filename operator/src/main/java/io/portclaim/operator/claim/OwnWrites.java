package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the watch has still to bring of this process's own writes of ConfigMaps. Until then the cache is older than what
 * this process knows, and when it comes it is no news. Thread-safe.
 */
final class OwnWrites {
    private final Map<ClaimKey, Integer> unseen = new ConcurrentHashMap<>();

    /** Records what is about to be written: the watch may be faster than the answer. */
    void begin(ConfigMap written) {
        unseen.put(ClaimMap.name(written), content(written));
    }

    /** The write has failed, or what became of it is not known. */
    void failed(ConfigMap written) {
        unseen.remove(ClaimMap.name(written), content(written));
    }

    /** Whether the watch brings what this process has just written, once for each write. */
    boolean isOwn(ConfigMap watched) {
        return unseen.remove(ClaimMap.name(watched), content(watched));
    }

    /** Whether the cache may be older than what this process has written to the ConfigMap of this name. */
    boolean isUnseen(ClaimKey name) {
        return unseen.containsKey(name);
    }

    /** The cache was found to have what the API server has. */
    void caughtUp(ClaimKey name) {
        unseen.remove(name);
    }

    private static Integer content(ConfigMap map) {
        return Objects.hash(KnownMap.digest(map), map.getMetadata().getOwnerReferences(), ClaimMap.identity(map));
    }
}
