package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.ports.Protocol;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How many numbers of each pool a namespace has released that are not free yet. They count for no limit, or a reinstalled chart would
 * have to wait; but a tenant that creates and deletes claims, or whose pods read the ConfigMaps of claims that are gone, could take a
 * pool from everybody with as few claims as its limit allows. So a namespace that has a limit may keep twice as many numbers from
 * others as that, held and released together. Not thread-safe.
 */
final class ReleasedNumbers {
    /** What a namespace may keep from others, in limits. */
    private static final int LIMITS = 2;

    /** By holder and place: of a claim over many nodes, the most at one place count, as while it held them. */
    private final Map<Former, Map<String, Integer>> byPlace = new HashMap<>();

    private final Map<Former, Integer> most = new HashMap<>();
    private final Map<NamespaceQuota.Tenant, Integer> numbers = new HashMap<>();

    private record Former(String pool, ClaimKey key) {
        NamespaceQuota.Tenant tenant() {
            return new NamespaceQuota.Tenant(pool, key.namespace());
        }
    }

    /** Counts what the release keeps; where nobody knows whose it was, it counts for nobody. */
    void add(Release release) {
        count(release, release.grant().count());
    }

    /** Counts it no more; it must have been added. */
    void remove(Release release) {
        count(release, -release.grant().count());
    }

    private void count(Release release, int change) {
        if (release.key() == null) {
            return;
        }
        Former former = new Former(release.pool(), release.key());
        Map<String, Integer> places = byPlace.computeIfAbsent(former, key -> new HashMap<>());
        int before = places.getOrDefault(release.place(), 0);
        int now = before + change;
        if (now == 0) {
            places.remove(release.place());
        } else {
            places.put(release.place(), now);
        }
        int mostBefore = most.getOrDefault(former, 0);
        int mostNow = now >= mostBefore || before < mostBefore ? Math.max(mostBefore, now) : mostOf(places, mostBefore);
        if (places.isEmpty()) {
            byPlace.remove(former);
            most.remove(former);
        } else {
            most.put(former, mostNow);
        }
        int difference = mostNow - mostBefore;
        numbers.merge(former.tenant(), difference, (all, more) -> all + more == 0 ? null : Integer.valueOf(all + more));
    }

    /** Of a claim over many nodes, most places have the same count. */
    private static int mostOf(Map<String, Integer> places, int mostBefore) {
        return places.containsValue(mostBefore)
                ? mostBefore
                : places.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /**
     * Why the request has to wait until its namespace keeps less from others; empty where it does not.
     *
     * @param held what the claim or pod holds
     * @param next what it would hold
     * @param returning what was released and goes back to it
     * @param ofNamespace how many numbers of the pool the namespace's claims and pods hold
     */
    Optional<Refusal> check(
            Request request, Assignment held, Assignment next, Collection<Release> returning, int ofNamespace) {
        int limit = request.pool().spec().portsPerNamespace();
        if (limit == 0) {
            return Optional.empty();
        }
        String namespace = request.key().namespace();
        String pool = request.pool().name();
        int released = numbers.getOrDefault(new NamespaceQuota.Tenant(pool, namespace), 0);
        if (released == 0) {
            return Optional.empty();
        }
        int more = newNumbers(held, returning, next);
        if (more == 0 || ofNamespace + released + more <= LIMITS * limit) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                Reason.POOL_EXHAUSTED,
                "namespace %s holds %d ports of pool %s and has released %d that are not free yet, and may keep %d from others, twice its limit; wait until they have cooled, and delete pods that still use them"
                        .formatted(namespace, ofNamespace, pool, released, LIMITS * limit)));
    }

    /** How many numbers are neither held already nor come back, on whatever node: the most at one place. */
    private static int newNumbers(Assignment held, Collection<Release> returning, Assignment next) {
        Set<PortNumber> known = new HashSet<>();
        held.forEachSlot(slot -> known.add(PortNumber.of(slot)));
        returning.forEach(release -> release.assignment().forEachSlot(slot -> known.add(PortNumber.of(slot))));
        return next.places().stream()
                .mapToInt(place -> next.at(place).stream()
                        .mapToInt(grant -> newNumbers(grant, known))
                        .sum())
                .max()
                .orElse(0);
    }

    /** A number counts once, also where a claim has it on both protocols. */
    private static int newNumbers(PortGrant grant, Set<PortNumber> known) {
        return (int) IntStream.rangeClosed(grant.port(), grant.lastPort())
                .filter(port -> grant.protocols().stream()
                        .anyMatch(protocol -> !known.contains(new PortNumber(protocol, port))))
                .count();
    }

    private record PortNumber(Protocol protocol, int port) {
        static PortNumber of(Slot slot) {
            return new PortNumber(slot.protocol(), slot.port());
        }
    }
}
