package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges a {@link ClusterHistory}, revision by revision: no slot is in the statuses or ConfigMaps of two live claims, what
 * is published stays while it is asked for, a node gets all or nothing, and nothing is newly given that must not be.
 *
 * <p>What the test itself wrote where only the operator should, it must {@link #disown}.
 */
final class InvariantsChecker {
    /** From a decision to its status; far more than it takes, so that only what was long so counts. */
    private static final long DECIDING_NANOS = Duration.ofSeconds(10).toNanos();

    private final Duration nodeGrace;
    private final Surroundings surroundings = new Surroundings();
    private final Map<String, TrackedClaim> claims = new HashMap<>();
    private final Holders holders = new Holders();
    private final Map<String, Set<Grant.Slot>> everIn = new HashMap<>();
    private final Set<Long> disowned = new HashSet<>();
    private final List<String> violations = new ArrayList<>();
    private long decidingSince = Long.MIN_VALUE;
    private long judged;

    InvariantsChecker(Duration nodeGrace) {
        this.nodeGrace = nodeGrace;
    }

    /** The version that the test itself wrote, in the operator's place. */
    void disown(String resourceVersion) {
        disowned.add(Long.parseLong(resourceVersion));
    }

    /** From now on, for a minute, decisions may be older than usual: the next operator publishes what the last one decided. */
    void operatorStops() {
        decidingSince = Math.max(decidingSince, System.nanoTime() - DECIDING_NANOS);
    }

    void judge(Collection<ClusterHistory.Entry> entries) {
        for (ClusterHistory.Entry entry : entries) {
            judged++;
            if (entry.object() instanceof PortClaim claim) {
                judge(entry, claim);
            } else if (entry.object() instanceof ConfigMap map) {
                judge(entry, map);
            } else {
                surroundings.note(entry);
            }
        }
    }

    /** How many versions were judged. */
    long judged() {
        return judged;
    }

    /** What was found so far; empty is good. */
    List<String> violations() {
        return List.copyOf(violations);
    }

    /** The claims whose status the test has overwritten and no operator has put right yet. */
    List<String> unrepaired() {
        return claims.values().stream()
                .filter(claim -> claim.isForeign || claim.foreignData != null)
                .map(TrackedClaim::toString)
                .toList();
    }

    /** Every slot that a ConfigMap of this name has ever published: pods that read it may use it still. */
    Set<Grant.Slot> everIn(String namespace, String configMap) {
        return everIn.getOrDefault(namespace + "/" + configMap, Set.of());
    }

    private void judge(ClusterHistory.Entry entry, PortClaim claim) {
        String uid = claim.getMetadata().getUid();
        if (entry.deleted()) {
            Optional.ofNullable(claims.remove(uid)).ifPresent(gone -> holders.hold(uid, gone.slots(), Set.of()));
            return;
        }
        TrackedClaim tracked = claims.computeIfAbsent(uid, key -> new TrackedClaim(claim, entry.clock()));
        tracked.seen(entry, claim);
        tracked.specs.put(claim.getMetadata().getGeneration(), claim.getSpec());
        PortClaimStatus status = claim.getStatus();
        if (disowned.contains(entry.revision())) {
            tracked.isForeign = true;
            tracked.foreignStatus = status;
        }
        if (tracked.isForeign && Objects.equals(status, tracked.foreignStatus)) {
            return;
        }
        tracked.isForeign = false;
        Set<Grant.Slot> before = tracked.slots();
        Published then = tracked.status;
        tracked.status = Published.in(claim.getSpec().scope(), status);
        if (!then.equals(tracked.status)) {
            sticks(entry, tracked, then, claim);
            isWhole(entry, tracked, then);
            mayBeGiven(entry, tracked, then, status);
        }
        if (status != null && status.phase() == Phase.CONFLICTED) {
            violation(entry, tracked, "%s is Conflicted", tracked);
        }
        tracked.observed = status == null || status.observedGeneration() == null ? 0 : status.observedGeneration();
        holders.hold(uid, before, tracked.slots());
        isAlone(entry, tracked);
        remember(claim, tracked);
    }

    private void remember(PortClaim claim, TrackedClaim tracked) {
        String map = Objects.requireNonNullElse(
                claim.getSpec().configMapName(), claim.getMetadata().getName() + "-ports");
        everIn.computeIfAbsent(claim.getMetadata().getNamespace() + "/" + map, key -> new HashSet<>())
                .addAll(tracked.slots());
    }

    private void judge(ClusterHistory.Entry entry, ConfigMap map) {
        if (!ClusterHistory.isPortClaims(map) || map.getMetadata().getAnnotations() == null) {
            return;
        }
        String uid = map.getMetadata().getAnnotations().get("portclaim.io/claim-uid");
        TrackedClaim tracked = uid == null ? null : claims.get(uid);
        if (tracked == null) {
            return;
        }
        if (entry.deleted()) {
            // What it said stays the claim's as long as its status says so.
            Set<Grant.Slot> held = tracked.slots();
            tracked.map = Published.NOTHING;
            tracked.foreignData = null;
            holders.hold(uid, held, tracked.slots());
            return;
        }
        if (disowned.contains(entry.revision())) {
            tracked.foreignData = map.getData();
        }
        if (tracked.foreignData != null && tracked.foreignData.equals(map.getData())) {
            return;
        }
        tracked.foreignData = null;
        Set<Grant.Slot> before = tracked.slots();
        tracked.map = Published.in(tracked.first.getSpec().scope(), map);
        holders.hold(uid, before, tracked.slots());
        isAlone(entry, tracked);
    }

    private void isAlone(ClusterHistory.Entry entry, TrackedClaim tracked) {
        String uid = tracked.first.getMetadata().getUid();
        for (Grant.Slot slot : tracked.slots()) {
            Set<String> others = holders.others(slot, uid);
            if (!others.isEmpty()) {
                violation(entry, tracked, "%s is held by %s and by %s", slot, tracked, describe(others));
            }
        }
    }

    private String describe(Set<String> uids) {
        return uids.stream()
                .map(claims::get)
                .map(claim -> "%s, of which became:%n%s%n".formatted(claim, claim == null ? "" : claim.trail()))
                .collect(Collectors.joining(", "));
    }

    private void sticks(ClusterHistory.Entry entry, TrackedClaim tracked, Published then, PortClaim claim) {
        Collection<PortClaimSpec> asked =
                tracked.specs.tailMap(tracked.observed, true).values();
        then.byPlace()
                .forEach((place, grants) -> grants.forEach((name, grant) -> {
                    Grant now = tracked.status.at(place).get(name);
                    boolean mayGo = asked.stream().anyMatch(spec -> !asksFor(spec, name, grant))
                            || (!place.equals(Grant.EVERYWHERE)
                                    && surroundings.wasAbandoned(
                                            place, nodeGrace.minusSeconds(5), tracked.since, entry.clock()));
                    if (!grant.equals(now) && !mayGo) {
                        violation(
                                entry,
                                tracked,
                                "%s had %s of port %s on %s (%s) and now %s",
                                tracked,
                                grant,
                                name,
                                place,
                                surroundings.presence(place, entry.clock()),
                                now);
                    }
                }));
    }

    private static boolean asksFor(PortClaimSpec spec, String name, Grant grant) {
        return spec.ports().stream()
                .filter(port -> port.name().equals(name))
                .anyMatch(port -> port.protocol().name().equals(grant.transport())
                        && port.count() == grant.last() - grant.first() + 1
                        && (port.port() == null || port.port() == grant.first()));
    }

    /** On a node that it does not want any more a claim only keeps what it had there; but what is added makes it whole. */
    private void isWhole(ClusterHistory.Entry entry, TrackedClaim tracked, Published then) {
        tracked.status.byPlace().forEach((place, grants) -> {
            boolean whole = tracked.specs.values().stream()
                    .map(spec -> spec.ports().stream().map(PortRequest::name).collect(Collectors.toSet()))
                    .anyMatch(grants.keySet()::equals);
            if (!whole && !then.at(place).keySet().containsAll(grants.keySet())) {
                violation(entry, tracked, "%s has on %s only %s", tracked, place, grants);
            }
        });
        if (tracked.status.hasOverlap()) {
            violation(entry, tracked, "%s has a number twice: %s", tracked, tracked.status);
        }
    }

    private void mayBeGiven(
            ClusterHistory.Entry entry, TrackedClaim tracked, Published then, @Nullable PortClaimStatus status) {
        String pool = status == null ? null : status.poolName();
        String namespace = tracked.first.getMetadata().getNamespace();
        long since = Math.min(entry.nanos() - DECIDING_NANOS, decidingSince(entry));
        tracked.status
                .byPlace()
                .forEach((place, grants) -> grants.forEach((name, grant) -> {
                    if (!grant.equals(then.at(place).get(name))) {
                        surroundings
                                .forbids(pool, namespace, place, grant, since)
                                .ifPresent(why -> violation(
                                        entry, tracked, "%s was given %s on %s, but %s", tracked, grant, place, why));
                    }
                }));
    }

    /** A decision of an operator that stopped is published by the next one, as it was made. */
    private long decidingSince(ClusterHistory.Entry entry) {
        boolean recent = decidingSince != Long.MIN_VALUE
                && entry.nanos() - decidingSince < Duration.ofMinutes(1).toNanos();
        return recent ? decidingSince : entry.nanos();
    }

    private void violation(ClusterHistory.Entry entry, TrackedClaim tracked, String format, Object... arguments) {
        violations.add("revision %d: %s%nwhat became of it:%n%s"
                .formatted(entry.revision(), format.formatted(arguments), tracked.trail()));
    }
}
