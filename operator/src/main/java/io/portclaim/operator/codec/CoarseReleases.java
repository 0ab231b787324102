package io.portclaim.operator.codec;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
                    : roundedUp(Duration.between(Instant.EPOCH, until), namedStep.toSeconds());
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
    }

    /** With as much as {@code detail} says, as of {@code at}, by the clock of the leader that writes. */
    static CoarseReleases of(List<Release> releases, Instant at, Detail detail) {
        Map<Common, TreeMap<Long, List<PortRange>>> byCommon = new HashMap<>();
        for (Release release : releases) {
            long map = detail.keepsMaps() ? release.map() : ConfigMapId.UNKNOWN;
            for (Protocol protocol : release.grant().protocols()) {
                byCommon.computeIfAbsent(common(release, protocol, at, detail), common -> new TreeMap<>())
                        // Most have one: a set of bits up to its number, for each of thousands, would cost more than
                        // all else here.
                        .computeIfAbsent(map, key -> new ArrayList<>(1))
                        .add(new PortRange(
                                release.grant().port(), release.grant().lastPort()));
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
                roundedUp(release.cooldown(), 1),
                detail.named(release.namedUntil()),
                until == null || !apart ? Common.NONE : Math.max(0, roundedUp(Duration.between(at, until), STEP)));
    }

    private static long roundedUp(Duration duration, long step) {
        return (duration.plusNanos(999_999_999).toSeconds() + step - 1) / step * step;
    }

    private static Group group(Common common, TreeMap<Long, List<PortRange>> ports, Detail detail) {
        TreeMap<Integer, Long> starts = new TreeMap<>();
        TreeMap<Integer, PortRange> ranges = new TreeMap<>();
        ports.forEach((map, published) -> joined(published).forEach(range -> {
            starts.put(range.first(), map);
            ranges.put(range.first(), range);
        }));
        ByteBuffer maps = ByteBuffer.allocate(starts.size() * MAP_BYTES);
        starts.values().forEach(maps::putLong);
        return new Group(
                common.place(),
                common.protocol(),
                common.cooldownSeconds(),
                common.namedUntil() == Common.NONE ? null : common.namedUntil(),
                common.secondsLeft() == Common.NONE ? null : common.secondsLeft(),
                String.join(
                        ",", ranges.values().stream().map(PortRange::toString).toList()),
                detail.keepsMaps() ? maps.array() : null);
    }

    /** The same ports in as few ranges as possible, ascending. */
    private static List<PortRange> joined(List<PortRange> published) {
        if (published.size() == 1) {
            return published;
        }
        BitSet numbers = new BitSet();
        published.forEach(range -> numbers.set(range.first(), range.last() + 1));
        return PortSet.copyOf(numbers).ranges();
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
