package io.portclaim.operator.protocol.pods;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.NamespaceShares;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;

/**
 * The pods that are to be served next, one of each namespace in turn, and there one of each claim: a thousand pods of one claim keep
 * nobody's single pod waiting, nor do a thousand claims of one namespace, which has no more workers than its {@linkplain
 * NamespaceShares share}. A pod that is added while it is being served is served once more after that. Thread-safe.
 */
final class PodQueue {
    private final NamespaceShares shares;
    private final Map<String, Map<ClaimKey, Queue<String>>> byNamespace = new LinkedHashMap<>();
    private final Set<String> queued = new HashSet<>();
    private final Map<String, ClaimKey> running = new LinkedHashMap<>();
    private final Set<String> again = new HashSet<>();
    /** How many have taken nothing though there was something: the namespaces had their shares. */
    private int turnedAway;

    PodQueue(NamespaceShares shares) {
        this.shares = shares;
    }

    /** Adds a pod; returns whether somebody has to {@linkplain #next take} it. */
    synchronized boolean add(ClaimKey claim, String uid) {
        if (running.containsKey(uid)) {
            again.add(uid);
            return false;
        }
        if (!queued.add(uid)) {
            return false;
        }
        byNamespace
                .computeIfAbsent(claim.namespace(), namespace -> new LinkedHashMap<>())
                .computeIfAbsent(claim, key -> new ArrayDeque<>())
                .add(uid);
        return true;
    }

    /** Takes the next; it counts as being served until it is {@link #done}. */
    synchronized Optional<String> next() {
        Iterator<Map.Entry<String, Map<ClaimKey, Queue<String>>>> namespaces =
                byNamespace.entrySet().iterator();
        while (namespaces.hasNext()) {
            Map.Entry<String, Map<ClaimKey, Queue<String>>> next = namespaces.next();
            String namespace = next.getKey();
            Map<ClaimKey, Queue<String>> claims = next.getValue();
            if (shares.enter(namespace)) {
                namespaces.remove();
                String uid = nextOf(claims);
                if (!claims.isEmpty()) {
                    byNamespace.put(namespace, claims);
                }
                return Optional.of(uid);
            }
        }
        if (!byNamespace.isEmpty()) {
            turnedAway++;
        }
        return Optional.empty();
    }

    private String nextOf(Map<ClaimKey, Queue<String>> claims) {
        Map.Entry<ClaimKey, Queue<String>> entry = claims.entrySet().iterator().next();
        ClaimKey claim = entry.getKey();
        Queue<String> pods = entry.getValue();
        claims.remove(claim);
        String uid = pods.remove();
        if (!pods.isEmpty()) {
            claims.put(claim, pods);
        }
        queued.remove(uid);
        running.put(uid, claim);
        return uid;
    }

    /**
     * Records that the pod was served.
     *
     * @return how many have to {@linkplain #next take} one now: the pod again, if it was added meanwhile, and those that were turned
     *     away before, two at a time, for others may have left their shares
     */
    synchronized int done(String uid) {
        ClaimKey claim = running.remove(uid);
        if (claim == null) {
            return 0;
        }
        shares.leave(claim.namespace());
        int askedBack = Math.min(turnedAway, 2);
        turnedAway -= askedBack;
        return again.remove(uid) && add(claim, uid) ? askedBack + 1 : askedBack;
    }
}
