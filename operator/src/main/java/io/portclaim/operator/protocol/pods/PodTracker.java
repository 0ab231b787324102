package io.portclaim.operator.protocol.pods;

import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pods with ports of their own, and those that wait for them, each at the latest version that is known, and why those wait that
 * were refused. A pod that is gone never comes back, whatever a late answer or an old list says. Thread-safe.
 */
public final class PodTracker {
    private static final Comparator<ClaimPod> BY_AGE =
            Comparator.comparing(ClaimPod::created).thenComparing(ClaimPod::uid);

    private final Map<String, ClaimPod> pods = new HashMap<>();
    private final Map<ClaimKey, Map<String, ClaimPod>> byClaim = new HashMap<>();
    private final Map<String, Refusal> refused = new HashMap<>();
    /** Those about which it is being decided: what becomes free meanwhile concerns them, for they may be refused. */
    private final Set<String> undecided = new HashSet<>();
    /** Those that are gone, the older half and the younger: each may be forgotten after two sweeps. */
    private Set<String> goneBefore = Set.of();

    private Set<String> gone = new HashSet<>();

    /** Records the pod as it is now; returns false where a later version of it is known, or that it is gone. */
    synchronized boolean put(ClaimPod pod) {
        ClaimPod before = pods.get(pod.uid());
        if (gone.contains(pod.uid())
                || goneBefore.contains(pod.uid())
                || (before != null && before.version() > pod.version())) {
            return false;
        }
        if (before != null) {
            forget(before);
        }
        pods.put(pod.uid(), pod);
        byClaim.computeIfAbsent(pod.claimKey(), key -> new LinkedHashMap<>()).put(pod.uid(), pod);
        if (!pod.isWaiting()) {
            refused.remove(pod.uid());
            undecided.remove(pod.uid());
        }
        return true;
    }

    private void forget(ClaimPod pod) {
        pods.remove(pod.uid());
        byClaim.computeIfPresent(pod.claimKey(), (key, ofClaim) -> {
            ofClaim.remove(pod.uid());
            return ofClaim.isEmpty() ? null : ofClaim;
        });
    }

    /** Records that the pod is gone; returns it as it was last known. */
    synchronized Optional<ClaimPod> gone(String uid) {
        gone.add(uid);
        refused.remove(uid);
        undecided.remove(uid);
        ClaimPod pod = pods.get(uid);
        if (pod != null) {
            forget(pod);
        }
        return Optional.ofNullable(pod);
    }

    /** Forgets pods that were gone at the last call too. */
    synchronized void prune() {
        goneBefore = gone;
        gone = new HashSet<>();
    }

    /** The pod of this UID. */
    public synchronized Optional<ClaimPod> get(String uid) {
        return Optional.ofNullable(pods.get(uid));
    }

    /** All of them. */
    public synchronized Collection<ClaimPod> all() {
        return List.copyOf(pods.values());
    }

    /** Records that it is being decided what the pod gets: what changes from now on may concern it. */
    synchronized void deciding(ClaimPod pod) {
        if (pods.containsKey(pod.uid())) {
            undecided.add(pod.uid());
        }
    }

    /** Records that the pod was given ports. */
    synchronized void decided(String uid) {
        undecided.remove(uid);
    }

    /** Records why the pod waits; returns whether it is another reason than before. */
    synchronized boolean refused(ClaimPod pod, Refusal why) {
        undecided.remove(pod.uid());
        Refusal before = pods.containsKey(pod.uid()) ? refused.put(pod.uid(), why) : why;
        return before == null || before.reason() != why.reason();
    }

    /** Records that the pod is not refused any more. */
    synchronized void served(String uid) {
        refused.remove(uid);
    }

    /**
     * Of each claim with pods that were refused, or are about to be, those that may succeed now: the one that was created first, on behalf of all
     * that the scheduler places, and each that can run on one node only.
     */
    synchronized List<ClaimPod> nextToTry() {
        return nextOf(Stream.of(refused.keySet(), undecided)
                .flatMap(Set::stream)
                .distinct()
                .flatMap(uid -> Stream.ofNullable(pods.get(uid))));
    }

    /** The same of one claim. */
    synchronized List<ClaimPod> nextToTry(ClaimKey claim) {
        return nextOf(byClaim.getOrDefault(claim, Map.of()).values().stream()
                .filter(pod -> refused.containsKey(pod.uid()) || undecided.contains(pod.uid())));
    }

    private static List<ClaimPod> nextOf(Stream<ClaimPod> waiting) {
        List<ClaimPod> next = new ArrayList<>();
        Map<ClaimKey, ClaimPod> first = new LinkedHashMap<>();
        waiting.filter(ClaimPod::isWaiting).forEach(pod -> {
            if (pod.boundTo() != null) {
                next.add(pod);
            } else {
                first.merge(pod.claimKey(), pod, (one, other) -> BY_AGE.compare(one, other) <= 0 ? one : other);
            }
        });
        next.addAll(first.values());
        return next;
    }

    /**
     * A claim's pods, for its status.
     *
     * @param counts how many have ports and how many wait
     * @param refusal why the oldest of those waits that were refused; null where none was
     */
    record OfClaim(PodCounts counts, @Nullable Refusal refusal) {}

    /** The claim's pods, in figures. */
    synchronized OfClaim count(ClaimKey claim) {
        int served = 0;
        int waiting = 0;
        ClaimPod oldest = null;
        for (ClaimPod pod : byClaim.getOrDefault(claim, Map.of()).values()) {
            if (pod.isOver()) {
                continue;
            }
            served += pod.carriesPorts() ? 1 : 0;
            waiting += !pod.carriesPorts() && pod.gate() != ClaimPod.Gate.GONE ? 1 : 0;
            if (refused.containsKey(pod.uid()) && (oldest == null || BY_AGE.compare(pod, oldest) < 0)) {
                oldest = pod;
            }
        }
        return new OfClaim(new PodCounts(served, waiting), oldest == null ? null : refused.get(oldest.uid()));
    }

    /** The ports of the claim's pods by the pods' names, of at most {@code most} pods, the first by name. */
    synchronized SortedMap<String, List<PortGrant>> ports(ClaimKey claim, int most) {
        SortedMap<String, List<PortGrant>> ports = new TreeMap<>();
        byClaim.getOrDefault(claim, Map.of()).values().stream()
                .filter(pod -> pod.carriesPorts() && !pod.isOver())
                .sorted(Comparator.comparing(ClaimPod::name))
                .limit(most)
                .forEach(pod -> ports.put(pod.name(), pod.carried()));
        return ports;
    }
}
