package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ports that a claim has released and that are not reusable yet: blocked, then cooling.
 *
 * @param key the claim that held them; null where its name is not known any more
 * @param map the {@link ConfigMapId} of the ConfigMap that published them; {@link ConfigMapId#UNKNOWN} where only that is known
 *     that its claim is gone, {@link ConfigMapId#ANY} where not even that is
 * @param pool the pool that they came from; empty where that is not known
 * @param place where they were held; {@link Place#SOMEWHERE} where that is not known
 * @param grant what was held; without a name where that is not known
 * @param cooldown how long they cool once nobody uses them
 * @param namedUntil when that ConfigMap ceased to name them, by the API server's clock; null while it may still name them,
 *     so that every pod to come may read them
 * @param until when they are free again, by this leader's clock; null while they are blocked
 */
public record Release(
        @Nullable ClaimKey key,
        long map,
        String pool,
        String place,
        PortGrant grant,
        Duration cooldown,
        @Nullable Instant namedUntil,
        @Nullable Instant until) {

    /** In the place of when its ConfigMap ceased to name it, where only a claim to come wants it: no pod counts as having read it. */
    static final Instant NOBODY_HAS_READ_IT = Instant.EPOCH;

    /** The same release, cooling from {@code now}. */
    Release coolingFrom(Instant now) {
        return coolingUntil(now.plus(cooldown));
    }

    /** The same release, cooling until {@code end}. */
    Release coolingUntil(Instant end) {
        return new Release(key, map, pool, place, grant, cooldown, namedUntil, end);
    }

    /** The same release, in use again. */
    Release blocked() {
        return new Release(key, map, pool, place, grant, cooldown, namedUntil, null);
    }

    /** The same release, whose ConfigMap names it no more since {@code since}; null: it may name it. */
    Release named(@Nullable Instant since) {
        return new Release(key, map, pool, place, grant, cooldown, since, until);
    }

    /** The same release at one place. */
    Release at(String onePlace) {
        return new Release(key, map, pool, onePlace, grant, cooldown, namedUntil, until);
    }

    /** Whether somebody may still use the ports, so that the cooldown has not begun. */
    public boolean isBlocked() {
        return until == null;
    }

    /**
     * Whether the ports go back to a claim at once: it has the name of the one that held them, or where only their ConfigMap
     * is known, publishes in that and has the name that belongs to it; of a ConfigMap that is named otherwise nobody knows what
     * claim it was. While they are blocked it must publish in that in any case: else nobody would know any more which pods may have
     * read them. To a pod nothing goes back while it is blocked: a process of the pod before it may still run.
     */
    boolean returnsTo(Request request) {
        boolean sameMap = map != ConfigMapId.UNKNOWN
                && map != ConfigMapId.ANY
                && map == ConfigMapId.of(request.key().namespace(), request.configMapName());
        boolean sameHolder = key == null
                ? sameMap && ConfigMapId.isDefault(request.key(), request.configMapName())
                : key.equals(request.key()) && ((sameMap && !key.isPod()) || !isBlocked());
        return sameHolder && (pool.isEmpty() || pool.equals(request.pool().name()));
    }

    /** Each of its slots as a release of its own. */
    List<Release> singles() {
        return grant.singles().stream()
                .map(single -> new Release(key, map, pool, place, single, cooldown, namedUntil, until))
                .toList();
    }

    /** Its slots as an assignment. */
    public Assignment assignment() {
        return Assignment.at(place, List.of(grant));
    }
}
