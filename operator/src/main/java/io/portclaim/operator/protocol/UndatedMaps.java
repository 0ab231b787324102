package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * ConfigMaps that may still name ports which no claim holds, and that perhaps no claim is going to overwrite: what they name is
 * blocked until they are gone. By the ConfigMap's name, the name of the claim that it belongs to. Thread-safe.
 */
public final class UndatedMaps {
    private final Map<ClaimKey, ClaimKey> claims = new ConcurrentHashMap<>();

    public void add(ClaimKey map, ClaimKey claim) {
        claims.put(map, claim);
    }

    public void remove(ClaimKey map) {
        claims.remove(map);
    }

    /** All of them, each with its claim. */
    public Map<ClaimKey, ClaimKey> all() {
        return Map.copyOf(claims);
    }
}
