package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Judges a {@link ClusterHistory}, revision by revision: no slot is held or readable by two (in a status, in any ConfigMap
 * of an operator, or by a pod that may have read it there), what is published stays while it is asked for, a node gets all
 * or nothing, and nothing is newly given that must not be.
 *
 * <p>What the test itself wrote where only the operator should, it must {@link #disown}.
 */
final class InvariantsChecker {
    /** From a decision to its status; far more than it takes, so that only what was long so counts. */
    private static final long DECIDING_NANOS = Duration.ofSeconds(10).toNanos();

    /** How long before a number is published its decision may be, and the pod unseen that has read it meanwhile. */
    private static final long READING_NANOS = Duration.ofSeconds(6).toNanos();

    private final Duration nodeGrace;
    private final Set<String> hostile;
    private final Surroundings surroundings = new Surroundings();
    private final Map<String, TrackedClaim> claims = new HashMap<>();
    private final Holders holders = new Holders();
    private final NamingMaps maps = new NamingMaps();
    private final Readers readers = new Readers();
    private final Set<Long> disowned = new HashSet<>();
    private final List<String> violations = new ArrayList<>();
    private long decidingSince = Long.MIN_VALUE;
    private long judged;

    InvariantsChecker(Duration nodeGrace) {
        this(nodeGrace, Set.of());
    }

    /** In the namespaces {@code hostile} nothing need be put right: what their users do there they do to themselves. */
    InvariantsChecker(Duration nodeGrace, Set<String> hostile) {
        this.nodeGrace = nodeGrace;
        this.hostile = hostile;
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
                if (entry.object() instanceof Pod pod) {
                    readers.note(entry, pod);
                }
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

    /** The claims and ConfigMaps that the test has overwritten and no operator has put right yet. */
    List<String> unrepaired() {
        return Stream.concat(
                        claims.values().stream()
                                .filter(claim -> claim.isForeign && !hostile.contains(namespace(claim)))
                                .map(TrackedClaim::toString),
                        maps.unrepaired(claims.keySet(), hostile).stream())
                .toList();
    }

    private static String namespace(TrackedClaim claim) {
        return claim.first.getMetadata().getNamespace();
    }

    /** The ConfigMaps of operators that go on naming numbers of claims that are gone. */
    List<String> outlivingTheirClaim() {
        return maps.outlivingTheirClaim(claims.keySet());
    }

    /** Every slot that a ConfigMap names or a live pod may have read, pods of the minute after included. */
    Set<Grant.Slot> readable() {
        return readers.readable();
    }

    /** Whether what users do in {@code namespace} they do to themselves. */
    boolean isHostile(String namespace) {
        return hostile.contains(namespace);
    }

    /** Every slot that an operator has ever named in a ConfigMap of this name. */
    Set<Grant.Slot> everIn(String namespace, String configMap) {
        return readers.everNamed(namespace, configMap);
    }

    private void judge(ClusterHistory.Entry entry, PortClaim claim) {
        String uid = claim.getMetadata().getUid();
        if (entry.deleted()) {
            Optional.ofNullable(claims.remove(uid))
                    .ifPresent(gone -> holders.hold(uid, gone.name(), gone.status.slots(), Set.of()));
            return;
        }
        maps.exists(claim);
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
        Set<Grant.Slot> now = tracked.status.slots();
        hold(entry, new ClaimAllocation(uid, tracked.name(), tracked.toString()), then.slots(), now);
    }

    private void judge(ClusterHistory.Entry entry, ConfigMap map) {
        NamingMaps.Change change = maps.note(entry, map, disowned.contains(entry.revision()));
        String holder = "ConfigMap %s (%s)".formatted(change.name(), change.map());
        if (!change.claim().equals(change.claimBefore())) {
            holders.hold(holder, change.claimBefore(), change.before(), Set.of());
        }
        readers.note(entry, change);
        ClaimAllocation allocation = new ClaimAllocation(holder, change.claim(), holder + " of " + change.claim());
        hold(entry, allocation, change.before(), change.now());
    }

    private record ClaimAllocation(String id, String claim, String described) {}

    /** A claim of the same namespace and name may get the numbers of an earlier one: it is the same software. */
    private void hold(
            ClusterHistory.Entry entry, ClaimAllocation allocation, Set<Grant.Slot> before, Set<Grant.Slot> now) {
        Set<Grant.Slot> newly = now.stream()
                .filter(slot -> !holders.isHeldFor(slot, allocation.claim))
                .collect(Collectors.toSet());
        holders.hold(allocation.id, allocation.claim, before, now);
        long since = Math.min(entry.nanos() - READING_NANOS, stoppedSince(entry));
        for (Grant.Slot slot : now) {
            Set<String> others = holders.others(slot, allocation.claim);
            if (!others.isEmpty()) {
                violation(
                        entry,
                        allocation.id,
                        "%s is held by %s and by %s",
                        slot,
                        allocation.described,
                        describe(others));
            }
        }
        for (Grant.Slot slot : newly) {
            readers.other(slot, allocation.claim, since)
                    .ifPresent(pod -> violation(
                            entry,
                            allocation.id,
                            "%s is given to %s and readable by %s",
                            slot,
                            allocation.described,
                            pod));
        }
    }

    private String describe(Set<String> others) {
        return others.stream()
                .map(other -> {
                    TrackedClaim claim = claims.get(other);
                    return claim == null ? other : "%s, of which became:%n%s%n".formatted(claim, claim.trail());
                })
                .collect(Collectors.joining(", "));
    }

    private void sticks(ClusterHistory.Entry entry, TrackedClaim tracked, Published then, PortClaim claim) {
        Collection<PortClaimSpec> asked =
                tracked.specs.tailMap(tracked.observed, true).values();
        then.byPlace()
                .forEach((place, grants) -> grants.forEach((name, grant) -> {
                    Grant now = tracked.status.at(place).get(name);
                    boolean mayGo = asked.stream().anyMatch(spec -> !asksFrom(spec, name, grant))
                            || (!place.equals(Grant.EVERYWHERE)
                                    && surroundings.wasAbandoned(
                                            place, nodeGrace.minusSeconds(5), tracked.since, entry.clock()));
                    boolean resized = now != null
                            && now.first() == grant.first()
                            && now.transport().equals(grant.transport())
                            && asked.stream().anyMatch(spec -> asksFor(spec, name, now));
                    if (!grant.equals(now) && !mayGo && !resized) {
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
        return asksFrom(spec, name, grant)
                && spec.ports().stream()
                        .filter(port -> port.name().equals(name))
                        .anyMatch(port -> port.count() == grant.last() - grant.first() + 1);
    }

    /** Whether it asks for what starts where the grant does, be it longer or shorter. */
    private static boolean asksFrom(PortClaimSpec spec, String name, Grant grant) {
        return spec.ports().stream()
                .filter(port -> port.name().equals(name))
                .anyMatch(port -> port.protocol().name().equals(grant.transport())
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

    /** What an operator decided before it stopped it knew the pods of, but for the last moments. */
    private long stoppedSince(ClusterHistory.Entry entry) {
        long since = decidingSince(entry);
        return since == entry.nanos() ? since : since + DECIDING_NANOS - READING_NANOS;
    }

    private void violation(ClusterHistory.Entry entry, TrackedClaim tracked, String format, Object... arguments) {
        violation(entry, tracked.first.getMetadata().getUid(), format, arguments);
    }

    private void violation(ClusterHistory.Entry entry, String holder, String format, Object... arguments) {
        TrackedClaim tracked = claims.get(holder);
        violations.add("revision %d: %s%nwhat became of it:%n%s"
                .formatted(entry.revision(), format.formatted(arguments), tracked == null ? "" : tracked.trail()));
    }
}
