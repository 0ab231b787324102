package io.portclaim.operator.allocation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ports that a claim has let go of and that are not yet reusable.
 *
 * @param key the claim that held them, or null where that is no longer known
 * @param pool the pool they came from
 * @param configMapName where they were published; pods that refer to it keep them from cooling
 * @param place where they were held
 * @param grant what was held
 * @param cooldown how long they rest once nobody uses them
 * @param until when they are free again, or null while pods still use them or a process listens on them
 */
public record Release(
        @Nullable ClaimKey key,
        String pool,
        String configMapName,
        String place,
        PortGrant grant,
        Duration cooldown,
        @Nullable Instant until) {

    /** The same release, cooling from {@code now}. */
    Release coolingFrom(Instant now) {
        return new Release(key, pool, configMapName, place, grant, cooldown, now.plus(cooldown));
    }

    /** Whether somebody may still use the ports, so that the cooldown has not begun. */
    public boolean isBlocked() {
        return until == null;
    }

    /** Each of its slots as a release of its own. */
    List<Release> singles() {
        return grant.singles().stream()
                .map(single -> new Release(key, pool, configMapName, place, single, cooldown, until))
                .toList();
    }

    /** Its slots as an assignment. */
    Assignment assignment() {
        return Assignment.at(place, List.of(grant));
    }
}
