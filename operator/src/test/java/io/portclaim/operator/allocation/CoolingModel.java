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
final class CoolingModel {
    private record Cooling(
            ClaimKey key,
            String pool,
            String configMap,
            Duration cooldown,
            Instant namedUntil,
            @Nullable Instant coolsFrom) {
        boolean isOver(Instant now) {
            return coolsFrom != null && !now.isBefore(coolsFrom.plus(cooldown));
        }

        Cooling coolingFrom(@Nullable Instant now) {
            return new Cooling(key, pool, configMap, cooldown, namedUntil, now);
        }
    }

    private final Map<Slot, Cooling> bySlot = new HashMap<>();

    /** The claim's status and ConfigMap do not name {@code slot} any more. */
    void unpublished(Slot slot, SimulatedClaim claim, Instant now) {
        bySlot.put(
                slot,
                new Cooling(
                        claim.key, claim.pool, claim.configMap(), SimulatedPool.cooldown(slot.protocol()), now, null));
    }

    void publishedAgain(Set<Slot> slots) {
        if (!bySlot.isEmpty()) {
            slots.forEach(bySlot::remove);
        }
    }

    void letTimePass(Instant now, Collection<SimulatedPod> pods, Set<Slot> listening) {
        bySlot.replaceAll((slot, cooling) -> {
            boolean used = isListenedOn(slot, listening)
                    || pods.stream()
                            .anyMatch(pod -> pod.uses(
                                    slot, cooling.key().namespace(), cooling.configMap(), cooling.namedUntil()));
            if (used) {
                return cooling.coolingFrom(null);
            }
            return cooling.coolsFrom() == null ? cooling.coolingFrom(now) : cooling;
        });
        bySlot.values().removeIf(cooling -> cooling.isOver(now));
    }

    private static boolean isListenedOn(Slot slot, Set<Slot> listening) {
        return listening.stream()
                .anyMatch(listener -> listener.port() == slot.port()
                        && listener.protocol() == slot.protocol()
                        && (slot.place().equals("*") || slot.place().equals(listener.place())));
    }

    /** The names whose slots are not free for others yet. */
    Set<ClaimKey> keys() {
        return bySlot.values().stream().map(Cooling::key).collect(java.util.stream.Collectors.toSet());
    }

    void check(Slot slot, SimulatedClaim taker, Instant now) {
        bySlot.forEach((cooled, cooling) -> {
            boolean same = cooled.port() == slot.port()
                    && cooled.protocol() == slot.protocol()
                    && (cooled.place().equals(slot.place())
                            || cooled.place().equals("*")
                            || slot.place().equals("*"));
            boolean returns = cooling.key().equals(taker.key) && cooling.pool().equals(taker.pool);
            if (same && !returns && !cooling.isOver(now)) {
                fail("%s goes to %s at %s but is not free yet: %s", slot, taker, now, cooling);
            }
        });
    }
}
