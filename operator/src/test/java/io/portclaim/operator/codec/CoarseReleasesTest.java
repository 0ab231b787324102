package io.portclaim.operator.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.management.ThreadMXBean;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.allocation.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a ledger keeps of releases when they are many: every slot, for no shorter than it should, in few bytes. */
class CoarseReleasesTest {
    private static final Instant NOW = Snapshots.NOW;
    /** With this limit whatever is kept is too much, so that the least is. */
    private static final int NOTHING_FITS = 0;

    private static final int ALL_FITS = Integer.MAX_VALUE;

    private static List<Release> decoded(String data) {
        try {
            return LedgerCodec.decode(data).releases();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** With this much kept, and no more. */
    private static List<Release> stored(List<Release> releases, CoarseReleases.Detail detail) {
        return CoarseReleases.of(releases, NOW, detail).releases();
    }

    /** All that may differ does. */
    private static List<Release> various(int count) {
        Random random = new Random(count);
        List<Release> releases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ClaimKey key = i % 13 == 0 ? null : new ClaimKey("team", "claim-" + i / 3);
            Duration cooldown = Duration.ofSeconds(65 + (i + i / 9_000) % 5 * 60);
            releases.add(new Release(
                    key,
                    i % 17 == 0 ? ConfigMapId.UNKNOWN : ConfigMapId.of("team", "claim-" + i / 3 + "-ports"),
                    key == null ? "" : "default",
                    i % 11 == 0 ? Place.EVERYWHERE : i % 19 == 0 ? Place.SOMEWHERE : "node-" + i % 50,
                    new PortGrant("p" + i % 3, TransportProtocol.values()[i % 4], 1000 + i % 9_000 * 3, 1 + i % 3),
                    cooldown,
                    i % 5 == 0 ? null : NOW.minusMillis(random.nextInt(600_000)),
                    i % 7 == 0 ? null : NOW.plusMillis(random.nextInt((int) cooldown.toMillis()))));
        }
        return releases;
    }

    private static Map<Slot, Release> bySlot(List<Release> releases) {
        Map<Slot, Release> bySlot = new HashMap<>();
        releases.forEach(release -> release.assignment()
                .forEachSlot(slot -> assertThat(bySlot.put(slot, release)).isNull()));
        return bySlot;
    }

    @ParameterizedTest
    @CsvSource({"1, SECONDS", "257, SECONDS", "5000, SECONDS", "1, MINUTES", "257, MINUTES", "5000, MINUTES"})
    void atFirstOnlyNamesAreForgotten(int count, CoarseReleases.Detail detail) {
        Duration step = detail == CoarseReleases.Detail.SECONDS ? Duration.ofSeconds(1) : Duration.ofMinutes(1);
        Map<Slot, Release> before = bySlot(various(count));

        Map<Slot, Release> after = bySlot(stored(various(count), detail));

        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((slot, release) -> {
            Release kept = after.get(slot);
            assertThat(kept.key()).isNull();
            assertThat(kept.pool()).isEmpty();
            assertThat(kept.map()).as("%s", slot).isEqualTo(release.map());
            assertThat(kept.cooldown()).isEqualTo(release.cooldown());
            assertThat(kept.namedUntil() == null).isEqualTo(release.namedUntil() == null);
            if (release.namedUntil() != null) {
                assertThat(kept.namedUntil())
                        .isBetween(release.namedUntil(), release.namedUntil().plus(step));
            }
            assertWaitsAsLong(release, kept);
        });
    }

    /** The later of the two waits for the number that both have. */
    @Test
    void blocksOfTwoConfigMapsThatBeginAtTheSameNumberKeepAllTheirNumbers() {
        Release longer = release(ConfigMapId.of("team", "first-ports"), 21_000, 3);
        Release shorter = release(ConfigMapId.of("team", "second-ports"), 21_000, 1);
        Release next = release(shorter.map(), 21_001, 1);

        List<Release> kept = stored(List.of(longer, shorter, next), CoarseReleases.Detail.SECONDS);

        assertThat(kept)
                .extracting(
                        Release::map,
                        release -> release.grant().port(),
                        release -> release.grant().count())
                .containsExactlyInAnyOrder(tuple(longer.map(), 21_000, 3), tuple(shorter.map(), 21_000, 2));
    }

    private static Release release(long map, int port, int count) {
        PortGrant grant = new PortGrant("game", TransportProtocol.UDP, port, count);
        return new Release(
                new ClaimKey("team", "claim"), map, "default", "node-1", grant, Duration.ofSeconds(65), NOW, null);
    }

    private static void assertWaitsAsLong(Release release, Release kept) {
        assertThat(kept.until() == null).isEqualTo(release.until() == null);
        if (release.until() != null) {
            Instant left = Instant.EPOCH.plus(Duration.between(NOW, release.until()));
            assertThat(kept.until()).isBetween(left, left.plusSeconds(16));
        }
    }

    @Test
    void thenWhoMayHaveReadThem() {
        Map<Slot, Release> before = bySlot(various(5_000));

        Map<Slot, Release> after = bySlot(stored(various(5_000), CoarseReleases.Detail.PLACES));

        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((slot, release) -> {
            Release kept = after.get(slot);
            assertThat(kept.map()).isEqualTo(ConfigMapId.ANY);
            assertThat(kept.cooldown()).isEqualTo(release.cooldown());
            assertThat(kept.namedUntil())
                    .as("when who knows what ceased to name it is not known")
                    .isNull();
            assertWaitsAsLong(release, kept);
        });
    }

    @Test
    void atLastWhereTheyWereAndForHowLongButForTheLongest() {
        Map<Slot, Duration> longest = new HashMap<>();
        various(20_000)
                .forEach(release -> release.assignment()
                        .forEachSlot(slot -> longest.merge(
                                new Slot(Place.SOMEWHERE, slot.protocol(), slot.port()),
                                release.cooldown(),
                                (a, b) -> a.compareTo(b) > 0 ? a : b)));

        Map<Slot, Duration> first = new HashMap<>();
        for (Release kept : stored(various(20_000), CoarseReleases.Detail.NUMBERS)) {
            assertThat(kept.until()).isNull();
            assertThat(kept.namedUntil()).isNull();
            assertThat(kept.map()).isEqualTo(ConfigMapId.ANY);
            kept.assignment().forEachSlot(slot -> first.putIfAbsent(slot, kept.cooldown()));
        }

        assertThat(first).isEqualTo(longest);
    }

    @ParameterizedTest
    @EnumSource(CoarseReleases.Detail.class)
    void aNumberThatIsCooledForLongOnOneNodeAndForShortOnAnotherIsThere(CoarseReleases.Detail detail) {
        List<Release> both = new ArrayList<>();
        for (int seconds : List.of(65, 600, 120)) {
            both.add(new Release(
                    null,
                    ConfigMapId.UNKNOWN,
                    "",
                    "node-" + seconds,
                    new PortGrant("", TransportProtocol.TCP, 21000, 1),
                    Duration.ofSeconds(seconds),
                    NOW,
                    NOW.plusSeconds(1)));
        }

        List<Release> kept = stored(both, detail);

        if (detail == CoarseReleases.Detail.NUMBERS) {
            assertThat(kept.get(0).cooldown()).isEqualTo(Duration.ofSeconds(600));
            assertThat(kept).allMatch(release -> release.place().equals(Place.SOMEWHERE));
        } else {
            assertThat(kept).extracting(Release::place).containsExactlyInAnyOrder("node-65", "node-120", "node-600");
        }
    }

    @Test
    void asMuchIsKeptAsFits() {
        Snapshot snapshot = Snapshots.released(various(5_000));
        String all = LedgerCodec.encode(snapshot, ALL_FITS);
        String places = LedgerCodec.encode(snapshot, all.length());
        String numbers = LedgerCodec.encode(snapshot, places.length());

        assertThat(decoded(LedgerCodec.encode(snapshot, all.length() + 1)))
                .isEqualTo(stored(various(5_000), CoarseReleases.Detail.MINUTES));
        assertThat(decoded(places)).isEqualTo(stored(various(5_000), CoarseReleases.Detail.PLACES));
        assertThat(decoded(numbers)).isEqualTo(stored(various(5_000), CoarseReleases.Detail.NUMBERS));
        assertThat(LedgerCodec.encode(snapshot, NOTHING_FITS)).isEqualTo(numbers);
        assertThat(numbers.length()).isLessThan(places.length());
        assertThat(places.length()).isLessThan(all.length());
    }

    /** Or a pod that was created well after an edit would block what the edit withdrew for as long as it lives. */
    @ParameterizedTest
    @ValueSource(ints = {LedgerCodec.MANY_RELEASES + 1, 4_000})
    void whileTheyAreThousandsItIsKnownToTheSecondWhenAConfigMapCeasedToNameThem(int count) {
        String data = LedgerCodec.encode(Snapshots.released(various(count)), Snapshots.MOST_DATA);

        assertThat(decoded(data)).isEqualTo(stored(various(count), CoarseReleases.Detail.SECONDS));
    }

    @Test
    void whileTheyAreFewAllIsKept() {
        List<Release> few = various(LedgerCodec.MANY_RELEASES);
        assertThat(decoded(LedgerCodec.encode(Snapshots.released(few), NOTHING_FITS)))
                .extracting(Release::key)
                .containsExactlyInAnyOrderElementsOf(
                        few.stream().map(Release::key).toList());
    }

    /** What the API server's clock said is no matter of the leader's. */
    @ParameterizedTest
    @CsvSource({"P1825D, 10", "PT3M, 10", "PT-3M, 10", "P1825D, 5000", "PT3M, 5000", "PT-3M, 5000"})
    void theClockOfTheLeaderThatWritesMakesNoDifference(Duration ahead, int count) {
        List<Release> releases = various(count);
        List<Release> asItSeesThem = releases.stream()
                .map(release -> new Release(
                        release.key(),
                        release.map(),
                        release.pool(),
                        release.place(),
                        release.grant(),
                        release.cooldown(),
                        release.namedUntil(),
                        release.until() == null ? null : release.until().plus(ahead)))
                .toList();
        Snapshot written = Snapshots.released(asItSeesThem);

        String data = LedgerCodec.encode(
                new Snapshot(NOW.plus(ahead), written.pending(), written.cursors(), asItSeesThem, written.held()),
                ALL_FITS);

        assertThat(data).isEqualTo(LedgerCodec.encode(Snapshots.released(releases), ALL_FITS));
        decoded(data).stream()
                .filter(release -> !release.isBlocked())
                .forEach(release -> assertThat(release.until())
                        .isBetween(
                                Instant.EPOCH,
                                Instant.EPOCH.plus(release.cooldown()).plusSeconds(15)));
    }

    @Test
    void whatShouldHaveEndedIsStoredAsJustEnding() {
        Release over = various(3).get(1);
        assertThat(over.isBlocked()).isFalse();
        Snapshot late =
                new Snapshot(NOW.plusSeconds(1_000_000), List.of(), Map.of(), List.of(over), Snapshot.EMPTY.held());

        assertThat(decoded(LedgerCodec.encode(late, ALL_FITS)))
                .singleElement()
                .extracting(Release::until)
                .isEqualTo(Instant.EPOCH);
        assertThat(CoarseReleases.of(List.of(over), late.at(), CoarseReleases.Detail.MINUTES)
                        .releases())
                .singleElement()
                .extracting(Release::until)
                .isEqualTo(Instant.EPOCH);
    }

    /** 10,000 claims of two ports each, deleted while their pods live. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tenThousandBlockedClaimsFitWithTheirConfigMaps(boolean scattered) {
        Random random = new Random(1);
        List<List<Integer>> ports = IntStream.range(0, 50)
                .mapToObj(node -> scattered
                        ? random.ints(21_000, 29_000)
                                .distinct()
                                .limit(400)
                                .boxed()
                                .toList()
                        : IntStream.range(21_000, 21_400).boxed().toList())
                .toList();
        List<Release> releases = new ArrayList<>();
        for (int claim = 0; claim < 10_000; claim++) {
            for (int i = 0; i < 2; i++) {
                int port = ports.get(claim % 50).get(claim / 50 * 2 + i);
                releases.add(released(claim, claim % 50, port, NOW.minusSeconds(claim % 600), null));
            }
        }

        String data = LedgerCodec.encode(Snapshots.released(releases), Snapshots.MOST_DATA);

        assertThat(data.length()).isLessThan(scattered ? 400_000 : 250_000);
        assertThat(decoded(data)).noneMatch(release -> release.map() == ConfigMapId.ANY);
        assertThat(bySlot(decoded(data)).keySet()).isEqualTo(bySlot(releases).keySet());
    }

    private static Release released(
            int claim, int node, int port, @Nullable Instant namedUntil, @Nullable Instant until) {
        return new Release(
                new ClaimKey("team", "claim-" + claim),
                ConfigMapId.of("team", "claim-" + claim + "-ports"),
                "default",
                "ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(node / 250, node % 250),
                new PortGrant("http", TransportProtocol.TCP, port, 1),
                Duration.ofSeconds(120),
                namedUntil,
                until);
    }

    /** On 500 nodes, of a pool of 8,000: at last half of all slots there are. */
    @ParameterizedTest
    @CsvSource({"100000, true", "100000, false", "1000000, true", "1000000, false"})
    void howeverManyTheyFit(int count, boolean blocked) {
        Random random = new Random(count);
        List<Release> claims = IntStream.range(0, 20_000)
                .mapToObj(claim -> released(claim, claim % 500, 1, NOW.minusSeconds(claim % 600), null))
                .toList();
        List<PortGrant> grants = IntStream.range(21_000, 29_000)
                .mapToObj(port -> new PortGrant("http", TransportProtocol.TCP, port, 1))
                .toList();
        List<Release> releases = new ArrayList<>(count);
        int step = 4_000_000 / count;
        for (int slot = random.nextInt(step); slot < 4_000_000; slot += 1 + random.nextInt(2 * step - 1)) {
            Release claim = claims.get(slot % 20_000);
            releases.add(new Release(
                    claim.key(),
                    claim.map(),
                    claim.pool(),
                    claim.place(),
                    grants.get(slot / 500),
                    claim.cooldown(),
                    claim.namedUntil(),
                    blocked ? null : NOW.plusSeconds(random.nextInt(120))));
        }

        String data = LedgerCodec.encode(Snapshots.released(releases), Snapshots.MOST_DATA);

        assertThat(data.length()).isLessThan(Snapshots.MOST_DATA);
        Set<Slot> slots = new HashSet<>();
        decoded(data).forEach(release -> release.assignment().forEachSlot(slots::add));
        assertThat(releases)
                .allMatch(release -> release.assignment().slots().stream()
                        .allMatch(slot -> slots.contains(slot)
                                || slots.contains(new Slot(Place.SOMEWHERE, slot.protocol(), slot.port()))));
    }

    /** Every other number there is, of every protocol, with cooldowns that alternate. */
    @Test
    void soDoTheNumbersOfTheWidestPools() {
        List<Release> releases = new ArrayList<>();
        for (int port = 1; port <= 65_535; port += 2) {
            for (TransportProtocol transport :
                    List.of(TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.SCTP)) {
                releases.add(new Release(
                        null,
                        ConfigMapId.UNKNOWN,
                        "",
                        "node",
                        new PortGrant("", transport, port, 1),
                        Duration.ofSeconds(65 + port % 3),
                        NOW,
                        null));
            }
        }

        assertThat(LedgerCodec.encode(Snapshots.released(releases), NOTHING_FITS)
                        .length())
                .isLessThan(Snapshots.MOST_DATA);
    }

    /** Each commit encodes them again: garbage by the ten megabytes would cost a busy leader most of its time. */
    @Test
    void encodingManyNeedsLittleMemory() {
        int count = 6_000;
        List<Release> releases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            releases.add(new Release(
                    null,
                    ConfigMapId.of("team", "claim-" + i),
                    "default",
                    Place.EVERYWHERE,
                    new PortGrant("http", TransportProtocol.TCP, 20_000 + i, 1),
                    Duration.ofSeconds(120),
                    NOW.minusSeconds(i / 100),
                    NOW.plusSeconds(i / 60)));
        }
        Snapshot snapshot = Snapshots.released(releases);
        LedgerCodec.encode(snapshot, ALL_FITS);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        LedgerCodec.encode(snapshot, ALL_FITS);

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(count * 2_048L);
    }
}
