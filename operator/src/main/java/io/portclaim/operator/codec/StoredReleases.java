package io.portclaim.operator.codec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Releases in full, as the ledger keeps them while they are few. What cools is stored with what is left of it: no clock is trusted
 * across leaders.
 *
 * @param groups those that differ by no more than place and grant
 */
record StoredReleases(@JsonProperty("g") List<Group> groups) {
    StoredReleases {
        groups = List.copyOf(groups);
    }

    /**
     * Releases that have all but the place and the grant in common.
     *
     * @param secondsLeft of the cooldown, rounded up; null while blocked
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Group(
            @JsonProperty("s") @Nullable String namespace,
            @JsonProperty("n") @Nullable String name,
            @JsonProperty("m") long map,
            @JsonProperty("l") String pool,
            @JsonProperty("a") StoredGrants released,
            @JsonProperty("d") long cooldownSeconds,
            @JsonProperty("e") @Nullable Long namedUntil,
            @JsonProperty("t") @Nullable Long secondsLeft) {
        Group {
            Stream.of(pool, released).forEach(Objects::requireNonNull);
        }
    }

    private record Common(
            @Nullable ClaimKey key,
            long map,
            String pool,
            long cooldownSeconds,
            @Nullable Long namedUntil,
            @Nullable Long secondsLeft) {
        static Common of(Release release, Instant at) {
            Instant named = release.namedUntil();
            Instant until = release.until();
            return new Common(
                    release.key(),
                    release.map(),
                    release.pool(),
                    seconds(release.cooldown()),
                    named == null ? null : seconds(Duration.between(Instant.EPOCH, named)),
                    until == null ? null : Math.max(0, seconds(Duration.between(at, until))));
        }

        Group of(Map<String, List<PortGrant>> released) {
            return new Group(
                    key == null ? null : key.namespace(),
                    key == null ? null : key.name(),
                    map,
                    pool,
                    StoredGrants.of(released),
                    cooldownSeconds,
                    namedUntil,
                    secondsLeft);
        }
    }

    /** Rounded up: nothing is free sooner than it was to be. */
    private static long seconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }

    /** As of {@code at}, by the clock of the leader that writes. */
    static StoredReleases of(List<Release> releases, Instant at) {
        Map<Common, SortedMap<String, List<PortGrant>>> byCommon = new LinkedHashMap<>();
        for (Release release : releases) {
            byCommon.computeIfAbsent(Common.of(release, at), common -> new TreeMap<>())
                    .computeIfAbsent(release.place(), place -> new ArrayList<>())
                    .add(release.grant());
        }
        List<Group> groups = new ArrayList<>();
        byCommon.forEach((common, released) -> groups.add(common.of(released)));
        return new StoredReleases(groups);
    }

    /** Them again, as of {@link Instant#EPOCH}. */
    List<Release> releases() {
        return groups.stream().flatMap(StoredReleases::releases).toList();
    }

    private static Stream<Release> releases(Group group) {
        ClaimKey key = group.namespace() == null || group.name() == null
                ? null
                : new ClaimKey(group.namespace(), group.name());
        return group.released().byPlace().entrySet().stream()
                .flatMap(place -> place.getValue().stream()
                        .map(grant -> new Release(
                                key,
                                group.map(),
                                group.pool(),
                                place.getKey(),
                                grant,
                                Duration.ofSeconds(group.cooldownSeconds()),
                                group.namedUntil() == null ? null : Instant.ofEpochSecond(group.namedUntil()),
                                group.secondsLeft() == null ? null : Instant.ofEpochSecond(group.secondsLeft()))));
    }
}
