package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.fail;

import io.portclaim.operator.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** When each slot that was let go of may go to another name: the earliest moment that the design allows. */
final class RestModel {
    private record Rest(
            ClaimKey key,
            String pool,
            String configMap,
            Duration cooldown,
            @Nullable Instant coolsFrom) {
        boolean isOver(Instant now) {
            return coolsFrom != null && !now.isBefore(coolsFrom.plus(cooldown));
        }
    }

    private final Map<Slot, Rest> rests = new HashMap<>();

    void letGo(Slot slot, SimulatedClaim claim) {
        rests.put(
                slot,
                new Rest(claim.key, claim.pool, claim.configMap(), SimulatedPool.cooldown(slot.protocol()), null));
    }

    void publishedAgain(Set<Slot> slots) {
        if (!rests.isEmpty()) {
            slots.forEach(rests::remove);
        }
    }

    void letTimePass(Instant now, Collection<SimulatedPod> pods, Set<Slot> listening) {
        rests.replaceAll((slot, rest) -> {
            boolean used = rest.coolsFrom() != null
                    || isListenedOn(slot, listening)
                    || pods.stream().anyMatch(pod -> pod.uses(slot, rest.key().namespace(), rest.configMap()));
            return used ? rest : coolingFrom(rest, now);
        });
        rests.values().removeIf(rest -> rest.isOver(now));
    }

    /**
     * What a new leader does not find in the ledger cools from now. Known limit: the ledger says of a number only that it
     * is held somewhere, so one that another claim holds elsewhere is not known to have been let go of.
     */
    void newLeader(Instant now, Set<Slot> saved, Map<Protocol, Set<Integer>> heldSomewhere, Set<Slot> listening) {
        rests.keySet()
                .removeIf(slot -> !saved.contains(slot)
                        && heldSomewhere.getOrDefault(slot.protocol(), Set.of()).contains(slot.port()));
        rests.replaceAll((slot, rest) -> {
            if (saved.contains(slot) || rest.coolsFrom() != null) {
                return rest;
            }
            // Whose it was is not known any more, and with it not which pods may have read it.
            return isListenedOn(slot, listening)
                    ? new Rest(rest.key(), rest.pool(), "", rest.cooldown(), null)
                    : coolingFrom(rest, now);
        });
    }

    private static boolean isListenedOn(Slot slot, Set<Slot> listening) {
        return listening.stream()
                .anyMatch(listener -> listener.port() == slot.port()
                        && listener.protocol() == slot.protocol()
                        && (slot.place().equals("*") || slot.place().equals(listener.place())));
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
                fail("%s goes to %s at %s but rests: %s", slot, taker, now, rest);
            }
        });
    }

    private static Rest coolingFrom(Rest rest, Instant now) {
        return new Rest(rest.key(), rest.pool(), rest.configMap(), rest.cooldown(), now);
    }
}
