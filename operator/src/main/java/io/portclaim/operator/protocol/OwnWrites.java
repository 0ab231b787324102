package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What the watch has still to bring of this process's own writes of ConfigMaps. Until then the cache is older than what
 * this process knows, and when it comes it is no news. Thread-safe.
 */
final class OwnWrites {
    /** By the name of the ConfigMap. */
    private final Map<ClaimKey, Unseen> unseen = new ConcurrentHashMap<>();

    private record Unseen(ClaimKey claim, int content) {}

    /** Records what is about to be written: the watch may be faster than the answer. */
    void begin(WantedMap written) {
        unseen.put(written.name(), unseen(written));
    }

    /** The write has failed, or what became of it is not known. */
    void failed(WantedMap written) {
        unseen.remove(written.name(), unseen(written));
    }

    private static Unseen unseen(WantedMap written) {
        ClaimKey claim =
                new ClaimKey(written.name().namespace(), written.identity().claimName());
        return new Unseen(claim, content(written));
    }

    /** The claims whose ConfigMaps the watch has not brought as they were written: it brings none that was deleted before. */
    Set<ClaimKey> claims() {
        return unseen.values().stream().map(Unseen::claim).collect(Collectors.toSet());
    }

    /** Whether the watch brings what this process has just written, once for each write. */
    boolean isOwn(PresentMap watched) {
        Unseen own = unseen.get(watched.name());
        return own != null && own.content == content(watched) && unseen.remove(watched.name(), own);
    }

    /** Whether the cache may be older than what this process has written to the ConfigMap of this name. */
    boolean isUnseen(ClaimKey name) {
        return unseen.containsKey(name);
    }

    /** The cache was found to have what the API server has, or nothing more is expected of it. */
    void caughtUp(ClaimKey name) {
        unseen.remove(name);
    }

    private static int content(WantedMap map) {
        return Objects.hash(map.digest(), List.of(map.owner()), Optional.of(map.identity()));
    }

    /** Owners of other kinds are none of the operator's concern. */
    private static int content(PresentMap map) {
        List<PresentMap.Owner> claims = map.owners().stream()
                .filter(owner -> owner.kind().equals("PortClaim"))
                .toList();
        return Objects.hash(map.digest(), claims, map.identity());
    }
}
