package io.portclaim.operator.codec;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Many releases in few bytes: a ledger that would grow too large forgets details, and never refuses a commit. What is
 * forgotten makes ports wait longer, and keeps no port from waiting: times are rounded up, a place or a ConfigMap that
 * is not known stands for any.
 *
 * @param groups those that have place, protocol and times in common
 */
record CoarseReleases(@JsonProperty("g") List<Group> groups) {
    /** To what remains of a cooldown is rounded up. */
    private static final long STEP = Duration.ofSeconds(15).toSeconds();

    private static final int MAP_BYTES = Long.BYTES;

    CoarseReleases {
        groups = List.copyOf(groups);
    }

    /** How much is kept. */
    enum Detail {
        /**
         * The ConfigMap that published each number, and to the second when it ceased to name it, so that the pods are known that may
         * have read it. Claim, pool and port names are not kept.
         */
        SECONDS(4_000, Duration.ofSeconds(1)),
        /** The same to the minute: a pod that was created up to a minute later counts as one that may have read the number. */
        MINUTES(40_000, Duration.ofMinutes(1)),
        /** The place. A pod that may have read the number is one that reads any ConfigMap of the operator, or one that is gone. */
        PLACES(400_000, null),
        /** The number. */
        NUMBERS(Integer.MAX_VALUE, null);

        private final int most;
        /** To what the time is rounded up when a ConfigMap ceased to name a number; null where neither is kept. */
        private final @Nullable Duration namedStep;

        Detail(int most, @Nullable Duration namedStep) {
            this.most = most;
            this.namedStep = namedStep;
        }

        private boolean keepsMaps() {
            return namedStep != null;
        }

        /** When the ConfigMap ceased to name a number, in seconds of the epoch. */
        private long named(@Nullable Instant until) {
            return until == null || namedStep == null
                    ? Common.NONE
                    : roundedUp(until.getEpochSecond(), until.getNano(), namedStep.toSeconds());
        }

        /** How many releases it is tried for: more would not fit, and each commit would spend seconds to find out. */
        int most() {
            return most;
        }
    }

    /**
     * Blocks of numbers at one place.
     *
     * @param namedUntil seconds of the epoch; null while a ConfigMap may name them
     * @param secondsLeft of the cooldown; null while blocked
     * @param ranges as {@code 21000,21002-21003}, ascending
     * @param maps the ConfigMap of each range, {@value #MAP_BYTES} bytes each; null where that is not kept
     */
    @SuppressWarnings("ArrayRecordComponent") // carried from the ledger to one reader, never compared
    record Group(
            @JsonProperty("w") String place,
            @JsonProperty("x") Protocol protocol,
            @JsonProperty("d") long cooldownSeconds,
            @JsonProperty("e") @Nullable Long namedUntil,
            @JsonProperty("t") @Nullable Long secondsLeft,
            @JsonProperty("p") String ranges,
            @JsonProperty("m") byte @Nullable [] maps) {}

    /** What releases of a group have in common; its own comparisons, because it is compared for each of thousands. */
    private record Common(String place, Protocol protocol, long cooldownSeconds, long namedUntil, long secondsLeft)
            implements Comparable<Common> {
        static final long NONE = Long.MAX_VALUE;

        private static final Comparator<Common> ORDER = Comparator.comparing(Common::place)
                .thenComparing(Common::protocol)
                .thenComparing(Common::cooldownSeconds, Comparator.reverseOrder())
                .thenComparingLong(Common::namedUntil)
                .thenComparingLong(Common::secondsLeft);

        /** The longest cooldown first: where a number stands twice, the first counts. */
        @Override
        public int compareTo(Common other) {
            return ORDER.compare(this, other);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Common common
                    && namedUntil == common.namedUntil
                    && secondsLeft == common.secondsLeft
                    && cooldownSeconds == common.cooldownSeconds
                    && protocol == common.protocol
                    && place.equals(common.place);
        }

        @Override
        public int hashCode() {
            return ((place.hashCode() * 31 + Long.hashCode(namedUntil)) * 31 + Long.hashCode(secondsLeft)) * 31
                    + Long.hashCode(cooldownSeconds) * 3
                    + protocol.hashCode();
        }
    }

    /** Numbers that one ConfigMap published. */
    private record Published(long map, int first, int last) {
        static final Comparator<Published> BY_MAP =
                Comparator.comparingLong(Published::map).thenComparingInt(Published::first);
        static final Comparator<Published> BY_NUMBER =
                Comparator.comparingInt(Published::first).thenComparingLong(Published::map);

        /** Those of the same ConfigMap in as few ranges as possible, by their first number. */
        static List<Published> joined(List<Published> all) {
            all.sort(BY_MAP);
            List<Published> joined = new ArrayList<>(all.size());
            for (Published next : all) {
                Published last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
                if (last != null && last.map == next.map && next.first <= last.last + 1) {
                    joined.set(joined.size() - 1, new Published(last.map, last.first, Math.max(last.last, next.last)));
                } else {
                    joined.add(next);
                }
            }
            joined.sort(BY_NUMBER);
            return joined;
        }
    }

    /** With as much as {@code detail} says, as of {@code at}, by the clock of the leader that writes. */
    static CoarseReleases of(List<Release> releases, Instant at, Detail detail) {
        Map<Common, List<Published>> byCommon = new HashMap<>();
        for (Release release : releases) {
            long map = detail.keepsMaps() ? release.map() : ConfigMapId.UNKNOWN;
            PortGrant grant = release.grant();
            for (Protocol protocol : grant.protocols()) {
                byCommon.computeIfAbsent(common(release, protocol, at, detail), common -> new ArrayList<>())
                        .add(new Published(map, grant.port(), grant.lastPort()));
            }
        }
        return new CoarseReleases(byCommon.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> group(entry.getKey(), entry.getValue(), detail))
                .toList());
    }

    private static Common common(Release release, Protocol protocol, Instant at, Detail detail) {
        Instant until = release.until();
        // Whatever is not known apart must not end sooner than any of it.
        boolean apart = detail != Detail.NUMBERS;
        return new Common(
                apart ? release.place() : Place.SOMEWHERE,
                protocol,
                roundedUp(release.cooldown().toSeconds(), release.cooldown().toNanosPart(), 1),
                detail.named(release.namedUntil()),
                until == null || !apart ? Common.NONE : Math.max(0, secondsBetween(at, until)));
    }

    private static long secondsBetween(Instant at, Instant until) {
        return roundedUp(until.getEpochSecond() - at.getEpochSecond(), until.getNano() - at.getNano(), STEP);
    }

    /** In seconds; {@code nanos} are more than -10^9 and less than 10^9. */
    private static long roundedUp(long seconds, int nanos, long step) {
        long whole = nanos > 0 ? seconds + 1 : seconds;
        return (whole + step - 1) / step * step;
    }

    private static Group group(Common common, List<Published> published, Detail detail) {
        List<Published> joined = Published.joined(published);
        ByteBuffer maps = ByteBuffer.allocate(joined.size() * MAP_BYTES);
        StringJoiner ranges = new StringJoiner(",");
        for (Published range : joined) {
            maps.putLong(range.map());
            ranges.add(new PortRange(range.first(), range.last()).toString());
        }
        return new Group(
                common.place(),
                common.protocol(),
                common.cooldownSeconds(),
                common.namedUntil() == Common.NONE ? null : common.namedUntil(),
                common.secondsLeft() == Common.NONE ? null : common.secondsLeft(),
                ranges.toString(),
                detail.keepsMaps() ? maps.array() : null);
    }

    /** Them again, as of {@link Instant#EPOCH}. */
    List<Release> releases() {
        return groups.stream().flatMap(CoarseReleases::releases).toList();
    }

    private static Stream<Release> releases(Group group) {
        List<PortRange> ranges =
                Stream.of(group.ranges().split(",", -1)).map(PortRange::parse).toList();
        byte[] bytes = group.maps();
        if (bytes != null && bytes.length != ranges.size() * MAP_BYTES) {
            throw new IllegalArgumentException(
                    "%d bytes for the ConfigMaps of %d ranges".formatted(bytes.length, ranges.size()));
        }
        ByteBuffer maps = bytes == null ? null : ByteBuffer.wrap(bytes);
        return ranges.stream()
                .map(range -> new Release(
                        null,
                        maps == null ? ConfigMapId.ANY : maps.getLong(),
                        "",
                        group.place(),
                        new PortGrant(
                                "", TransportProtocol.valueOf(group.protocol().name()), range.first(), range.size()),
                        Duration.ofSeconds(group.cooldownSeconds()),
                        group.namedUntil() == null ? null : Instant.ofEpochSecond(group.namedUntil()),
                        group.secondsLeft() == null ? null : Instant.ofEpochSecond(group.secondsLeft())));
    }
}
