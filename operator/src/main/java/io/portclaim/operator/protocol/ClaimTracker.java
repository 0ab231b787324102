package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.publish.RenderedStatus;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The claims this leader has looked at: who waits for what, and what was last written of each, so that a cache that is
 * older than an own write is distinguished from news. Thread-safe.
 */
public final class ClaimTracker {
    /** In the place of a pool's name: those that no pool serves. */
    public static final String NO_POOL = "";

    private final Map<String, TrackedClaim> claims = new ConcurrentHashMap<>();
    private final TrackedGroups groups = new TrackedGroups();
    /** The latest version known of any claim of a name: an earlier claim of the name is as stale as an earlier version. */
    private final Map<ClaimKey, Long> newest = new ConcurrentHashMap<>();

    /** The names of the claims that a take-over has listed and that were not served since: a cache may still show them older. */
    private final Set<ClaimKey> unserved = ConcurrentHashMap.newKeySet();

    /** Those of them in which the take-over has seen nothing to do. */
    private final Set<ClaimKey> standing = ConcurrentHashMap.newKeySet();

    /** By name, the UIDs of claims that are gone and that a cache was seen to show all the same. */
    private final Map<ClaimKey, String> shownThoughGone = new ConcurrentHashMap<>();

    private final Map<String, Integer> staleReads = new ConcurrentHashMap<>();

    private final Backoff backoff = new Backoff();

    /**
     * A claim as it was left.
     *
     * @param uid its UID
     * @param key its name
     * @param pool the pool that serves it; null while none does
     * @param isNodeScope whether it is of scope Node
     * @param phase its phase, as in its status
     * @param waitsFor the reason that it waits for; null when it does not wait
     * @param triggers what requeues it; empty when it does not wait
     * @param isLookedAt whether it is being looked at, so that what it will wait for is not known yet
     * @param unusable the reason why its ports can't be used; null when nothing is known that speaks against it
     * @param statusHash what its status must be, as a hash; 0 while nothing is known of it
     */
    public record TrackedClaim(
            String uid,
            ClaimKey key,
            @Nullable String pool,
            boolean isNodeScope,
            Phase phase,
            @Nullable Reason waitsFor,
            Set<Trigger> triggers,
            boolean isLookedAt,
            @Nullable Reason unusable,
            int statusHash) {

        private TrackedClaim beingServed() {
            return new TrackedClaim(uid, key, pool, isNodeScope, phase, waitsFor, triggers, true, unusable, statusHash);
        }

        private TrackedClaim with(
                RenderedStatus rendered, @Nullable Reason waits, Set<Trigger> waitsForAny, boolean served) {
            PortClaimStatus status = rendered.status();
            return new TrackedClaim(
                    uid,
                    key,
                    status.poolName(),
                    isNodeScope,
                    Objects.requireNonNullElse(status.phase(), Phase.PENDING),
                    waits,
                    waitsForAny,
                    served,
                    reason(rendered.unusable()),
                    status.hashCode());
        }

        /** Whether this leader has left it, or begun to write it, and knows its status by that. */
        public boolean isAsKnown() {
            return statusHash != 0;
        }
    }

    /** Records that this version of the claim exists. */
    public void seen(Claim claim) {
        written(claim, claim.version());
    }

    /** Records that a take-over has listed the claim in this version. */
    public void listed(ClaimKey key, long version) {
        unserved.add(key);
        newest.merge(key, version, Math::max);
    }

    /** Records that a take-over has seen nothing to do for these claims that it has listed. */
    public void standing(Set<ClaimKey> claims) {
        standing.addAll(claims);
    }

    /** Whether a take-over has listed the claim of this name with nothing to do, and it was not served since. */
    public boolean isStanding(ClaimKey key) {
        return standing.contains(key);
    }

    /** Whether a take-over has listed the claim in this version with nothing to do, and it was not served since. */
    public boolean isStanding(ClaimKey key, String version) {
        return isStanding(key) && Long.parseLong(version) == newest.getOrDefault(key, 0L);
    }

    /** Records that {@code version} of the claim exists. */
    public void written(Claim claim, String version) {
        newest.merge(claim.key(), Long.parseLong(version), Math::max);
    }

    /** Records that the claim's newest version is this one, though a later one was seen. */
    public void wentBack(Claim claim) {
        newest.put(claim.key(), Long.parseLong(claim.version()));
        shownThoughGone.remove(claim.key());
    }

    /** Records that the claim is gone, which a cache shows in this version: it is as stale as one that was changed since. */
    public void shownThoughGone(Claim claim) {
        shownThoughGone.put(claim.key(), claim.uid());
        newest.merge(claim.key(), claim.revision() + 1, Math::max);
    }

    /** Forgets the claims that are gone, and that a cache does not show any more, of which {@code isCached} says whether it has the name. */
    public void forgetShown(Predicate<ClaimKey> isCached) {
        shownThoughGone.keySet().removeIf(isCached.negate());
    }

    /** Records that the claim is being looked at: what changes from now on may concern it. */
    public void serving(Claim claim) {
        unserved.remove(claim.key());
        standing.remove(claim.key());
        claims.compute(
                claim.uid(), (uid, known) -> moved(known, (known == null ? unknown(claim) : known).beingServed()));
    }

    private TrackedClaim moved(@Nullable TrackedClaim before, TrackedClaim after) {
        groups.move(before, after);
        return after;
    }

    private static TrackedClaim unknown(Claim claim) {
        return new TrackedClaim(
                claim.uid(),
                claim.key(),
                null,
                !claim.isClusterWide() && !claim.isPerPod(),
                Phase.PENDING,
                null,
                Set.of(),
                true,
                null,
                0);
    }

    /** Records what is being written, before it is sent: the watch may be faster than the answer. */
    public void expect(Claim claim, RenderedStatus rendered) {
        claims.computeIfPresent(
                claim.uid(),
                (uid, known) ->
                        moved(known, known.with(rendered, known.waitsFor(), known.triggers(), known.isLookedAt())));
    }

    /** Records that the claim's status stands as it should, and for what it waits. */
    public void left(Claim claim, RenderedStatus rendered) {
        claims.computeIfPresent(
                claim.uid(),
                (uid, known) -> moved(
                        known,
                        known.with(rendered, reason(rendered.waitsFor()), triggers(rendered.waitsFor()), false)));
    }

    /** Of a claim that lacks ports on several nodes, whatever may give it any. */
    private static Set<Trigger> triggers(@Nullable Refusal waitsFor) {
        if (waitsFor == null) {
            return Set.of();
        }
        return waitsFor.others().isEmpty()
                ? Trigger.of(waitsFor.reason())
                : Stream.concat(Stream.of(waitsFor.reason()), waitsFor.others().stream())
                        .flatMap(reason -> Trigger.of(reason).stream())
                        .collect(Collectors.toUnmodifiableSet());
    }

    private static @Nullable Reason reason(@Nullable Refusal refusal) {
        return refusal == null ? null : refusal.reason();
    }

    /** Whether a cache shows the claim older than it is known to be, or another one that had its name before. */
    public boolean isStale(Claim claim) {
        return isStale(claim.key(), claim.version());
    }

    /** The same of the claim of this name and resourceVersion. */
    boolean isStale(ClaimKey key, String version) {
        return Long.parseLong(version) < newest.getOrDefault(key, 0L);
    }

    /** Counts a look at a cache that shows the claim stale, one after the other. */
    public int staleReads(Claim claim) {
        return staleReads.merge(claim.uid(), 1, Integer::sum);
    }

    /** Starts counting from zero. */
    public void endStaleReads(Claim claim) {
        staleReads.remove(claim.uid());
    }

    /** How many claims are counted. */
    public int countedAsStale() {
        return staleReads.size();
    }

    /** Whether the claim's status is what this leader left, or what it is writing. */
    public boolean isAsLeft(Claim claim) {
        TrackedClaim tracked = claims.get(claim.uid());
        return tracked != null && claim.status() != null && claim.status().hashCode() == tracked.statusHash;
    }

    /** Forgets a claim that is gone. */
    public void gone(String uid, ClaimKey key) {
        claims.computeIfPresent(uid, (gone, known) -> {
            groups.move(known, null);
            return null;
        });
        unserved.remove(key);
        standing.remove(key);
        shownThoughGone.remove(key, uid);
        staleReads.remove(uid);
        backoff.succeeded(uid);
    }

    /** Forgets the versions of names that no claim bears any more; until now a cache may have shown one. */
    public void prune() {
        Set<ClaimKey> borne = claims.values().stream().map(TrackedClaim::key).collect(Collectors.toSet());
        borne.addAll(unserved);
        borne.addAll(shownThoughGone.keySet());
        newest.keySet().retainAll(borne);
    }

    /** How long a claim that could not be served waits. */
    public Backoff backoff() {
        return backoff;
    }

    /** The claim of this UID. */
    public Optional<TrackedClaim> get(String uid) {
        return Optional.ofNullable(claims.get(uid));
    }

    /** The claims that {@code pool} serves. */
    public List<TrackedClaim> ofPool(String pool) {
        return groups.ofPool(pool).toList();
    }

    /** The claims that wait for {@code trigger}, or might turn out to. */
    public List<TrackedClaim> waitingFor(Trigger trigger) {
        return groups.waitingFor(trigger).toList();
    }

    /** The claims of {@code pools} that wait for {@code trigger}, or might turn out to. */
    public List<TrackedClaim> waitingFor(Trigger trigger, Collection<String> pools) {
        return groups.waitingFor(trigger, pools).toList();
    }

    /**
     * The claims of scope Cluster or Pod of which something may change that is said of them, where nodes of {@code pools} change;
     * and all that are being looked at.
     */
    public List<TrackedClaim> onEveryNode(Collection<String> pools) {
        return groups.onEveryNode(pools).toList();
    }

    /** All claims. */
    public List<TrackedClaim> all() {
        return List.copyOf(claims.values());
    }
}
