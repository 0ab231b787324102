package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The claims this leader has looked at: who waits for what, and what was last written of each, so that a cache that is
 * older than an own write is told from news. Thread-safe.
 */
public final class Roster {
    private final Map<String, Member> members = new ConcurrentHashMap<>();
    private final Backoff backoff = new Backoff();

    /**
     * A claim as it was left.
     *
     * @param uid its UID
     * @param key its name
     * @param pool the pool that serves it; null while none does
     * @param followsNodes whether nodes that come and go concern it
     * @param phase its phase, as in its status
     * @param waitsFor the reason that it waits for; null when it does not wait
     * @param version the latest resourceVersion known of it
     * @param statusHash what its status must be, as a hash; 0 while nothing is known of it
     */
    public record Member(
            String uid,
            ClaimKey key,
            @Nullable String pool,
            boolean followsNodes,
            Phase phase,
            @Nullable String waitsFor,
            long version,
            int statusHash) {}

    private void update(Claim claim, UnaryOperator<Member> change) {
        members.compute(
                claim.uid(),
                (uid, member) -> change.apply(
                        member == null
                                ? new Member(uid, claim.key(), null, claim.followsNodes(), Phase.PENDING, null, 0, 0)
                                : member));
    }

    /** Records that the claim was seen at its version. */
    void seen(Claim claim) {
        seen(claim, claim.version());
    }

    /** Records that {@code version} of the claim exists. */
    void seen(Claim claim, String version) {
        update(
                claim,
                member -> new Member(
                        member.uid,
                        member.key,
                        member.pool,
                        member.followsNodes,
                        member.phase,
                        member.waitsFor,
                        Math.max(member.version, Long.parseLong(version)),
                        member.statusHash));
    }

    /** Records what is being written, before it is sent: the watch may be faster than the answer. */
    void expect(Claim claim, PortClaimStatus status) {
        update(
                claim,
                member -> new Member(
                        member.uid,
                        member.key,
                        status.poolName(),
                        member.followsNodes,
                        Objects.requireNonNullElse(status.phase(), Phase.PENDING),
                        member.waitsFor,
                        member.version,
                        status.hashCode()));
    }

    /** Records that the claim's status stands as it should, and for what it waits. */
    void left(Claim claim, PortClaimStatus status, @Nullable String waitsFor) {
        update(
                claim,
                member -> new Member(
                        member.uid,
                        member.key,
                        status.poolName(),
                        member.followsNodes,
                        Objects.requireNonNullElse(status.phase(), Phase.PENDING),
                        waitsFor,
                        member.version,
                        status.hashCode()));
    }

    /** Whether a cache shows the claim older than it is known to be. */
    boolean isStale(Claim claim) {
        Member member = members.get(claim.uid());
        return member != null && Long.parseLong(claim.version()) < member.version;
    }

    /** Whether the claim's status is what this leader left, or what it is writing. */
    boolean isAsLeft(Claim claim) {
        Member member = members.get(claim.uid());
        return member != null && claim.status() != null && claim.status().hashCode() == member.statusHash;
    }

    /** Forgets a claim that is gone. */
    void gone(String uid) {
        members.remove(uid);
        backoff.succeeded(uid);
    }

    /** How long a claim that could not be served waits. */
    Backoff backoff() {
        return backoff;
    }

    /** The claim of this UID. */
    Optional<Member> get(String uid) {
        return Optional.ofNullable(members.get(uid));
    }

    /** The claims that {@code which} holds for. */
    List<Member> find(Predicate<Member> which) {
        return members.values().stream().filter(which).toList();
    }

    /** All claims. */
    public List<Member> all() {
        return List.copyOf(members.values());
    }
}
