package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The versions of the ConfigMaps that a take-over has listed. The watch of a standby may be behind by then, and show a version from
 * before, that says just what the claim holds now. Thread-safe.
 */
final class ListedMaps {
    /** By the name of the ConfigMap, until a cache was seen that is not older. */
    private final Map<ClaimKey, Long> versions = new ConcurrentHashMap<>();

    /** Records a ConfigMap that was listed. */
    void listed(ClaimKey name, long version) {
        versions.put(name, version);
    }

    /** Whether {@code cached} is older than what was listed. */
    boolean isOlder(PresentMap cached) {
        Long listed = versions.get(cached.name());
        if (listed == null) {
            return false;
        }
        if (revision(cached) < listed) {
            return true;
        }
        versions.remove(cached.name(), listed);
        return false;
    }

    /** The cache was found to have what the API server has. */
    void caughtUp(ClaimKey name) {
        versions.remove(name);
    }

    /** A number that grows with each version, as etcd has it (KEP-5504). */
    static long revision(PresentMap map) {
        return Long.parseLong(map.version());
    }
}
