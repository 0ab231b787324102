package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * The pods that are to be served next, one of each claim in turn: a thousand pods of one claim keep nobody's single pod waiting. A
 * pod that is added while it is being served is served once more after that. Thread-safe.
 */
final class PodQueue {
    private final Map<ClaimKey, Queue<String>> byClaim = new LinkedHashMap<>();
    private final Set<String> queued = new HashSet<>();
    private final Map<String, ClaimKey> running = new LinkedHashMap<>();
    private final Set<String> again = new HashSet<>();

    /** Adds a pod; returns whether somebody has to {@linkplain #next take} it. */
    synchronized boolean add(ClaimKey claim, String uid) {
        if (running.containsKey(uid)) {
            again.add(uid);
            return false;
        }
        if (!queued.add(uid)) {
            return false;
        }
        byClaim.computeIfAbsent(claim, key -> new ArrayDeque<>()).add(uid);
        return true;
    }

    /** Takes the next; it counts as being served until it is {@link #done}. */
    synchronized Optional<String> next() {
        Iterator<Map.Entry<ClaimKey, Queue<String>>> first = byClaim.entrySet().iterator();
        if (!first.hasNext()) {
            return Optional.empty();
        }
        Map.Entry<ClaimKey, Queue<String>> entry = first.next();
        ClaimKey claim = entry.getKey();
        Queue<String> pods = entry.getValue();
        first.remove();
        String uid = pods.remove();
        if (!pods.isEmpty()) {
            byClaim.put(claim, pods);
        }
        queued.remove(uid);
        running.put(uid, claim);
        return Optional.of(uid);
    }

    /** Records that the pod was served; returns whether it was added meanwhile, and is queued again. */
    synchronized boolean done(String uid) {
        ClaimKey claim = running.remove(uid);
        return claim != null && again.remove(uid) && add(claim, uid);
    }
}
