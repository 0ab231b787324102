package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the watch has still to bring of this process's own writes of ConfigMaps. Until then the cache is older than what
 * this process knows, and when it comes it is no news. Thread-safe.
 */
final class OwnWrites {
    private final Map<ClaimKey, Integer> unseen = new ConcurrentHashMap<>();

    /** Records what is about to be written: the watch may be faster than the answer. */
    void begin(WantedMap written) {
        unseen.put(written.name(), content(written));
    }

    /** The write has failed, or what became of it is not known. */
    void failed(WantedMap written) {
        unseen.remove(written.name(), content(written));
    }

    /** Whether the watch brings what this process has just written, once for each write. */
    boolean isOwn(PresentMap watched) {
        return unseen.remove(watched.name(), content(watched));
    }

    /** Whether the cache may be older than what this process has written to the ConfigMap of this name. */
    boolean isUnseen(ClaimKey name) {
        return unseen.containsKey(name);
    }

    /** The cache was found to have what the API server has. */
    void caughtUp(ClaimKey name) {
        unseen.remove(name);
    }

    private static Integer content(WantedMap map) {
        return Objects.hash(map.digest(), List.of(map.owner()), Optional.of(map.identity()));
    }

    /** Owners of other kinds are none of the operator's concern. */
    private static Integer content(PresentMap map) {
        List<PresentMap.Owner> claims = map.owners().stream()
                .filter(owner -> owner.kind().equals("PortClaim"))
                .toList();
        return Objects.hash(map.digest(), claims, map.identity());
    }
}
