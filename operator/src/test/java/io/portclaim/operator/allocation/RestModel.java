package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When each slot that ceased to be published may go to another name: the earliest moment that the design allows, whatever
 * operators know of it. Leaders come and go without it.
 */
final class RestModel {
    private record Rest(
            ClaimKey key,
            String pool,
            String configMap,
            Duration cooldown,
            Instant namedUntil,
            @Nullable Instant coolsFrom) {
        boolean isOver(Instant now) {
            return coolsFrom != null && !now.isBefore(coolsFrom.plus(cooldown));
        }

        Rest coolingFrom(@Nullable Instant now) {
            return new Rest(key, pool, configMap, cooldown, namedUntil, now);
        }
    }

    private final Map<Slot, Rest> rests = new HashMap<>();

    /** The claim's status and ConfigMap do not name {@code slot} any more. */
    void unpublished(Slot slot, SimulatedClaim claim, Instant now) {
        rests.put(
                slot,
                new Rest(claim.key, claim.pool, claim.configMap(), SimulatedPool.cooldown(slot.protocol()), now, null));
    }

    void publishedAgain(Set<Slot> slots) {
        if (!rests.isEmpty()) {
            slots.forEach(rests::remove);
        }
    }

    void letTimePass(Instant now, Collection<SimulatedPod> pods, Set<Slot> listening) {
        rests.replaceAll((slot, rest) -> {
            boolean used = isListenedOn(slot, listening)
                    || pods.stream()
                            .anyMatch(
                                    pod -> pod.uses(slot, rest.key().namespace(), rest.configMap(), rest.namedUntil()));
            if (used) {
                return rest.coolingFrom(null);
            }
            return rest.coolsFrom() == null ? rest.coolingFrom(now) : rest;
        });
        rests.values().removeIf(rest -> rest.isOver(now));
    }

    private static boolean isListenedOn(Slot slot, Set<Slot> listening) {
        return listening.stream()
                .anyMatch(listener -> listener.port() == slot.port()
                        && listener.protocol() == slot.protocol()
                        && (slot.place().equals("*") || slot.place().equals(listener.place())));
    }

    /** The names whose slots are not free for others yet. */
    Set<ClaimKey> keys() {
        return rests.values().stream().map(Rest::key).collect(java.util.stream.Collectors.toSet());
    }

    void check(Slot slot, SimulatedClaim taker, Instant now) {
        rests.forEach((resting, rest) -> {
            boolean same = resting.port() == slot.port()
                    && resting.protocol() == slot.protocol()
                    && (resting.place().equals(slot.place())
                            || resting.place().equals("*")
                            || slot.place().equals("*"));
            boolean returns = rest.key().equals(taker.key) && rest.pool().equals(taker.pool);
            if (same && !returns && !rest.isOver(now)) {
                fail("%s goes to %s at %s but is not free yet: %s", slot, taker, now, rest);
            }
        });
    }
}
