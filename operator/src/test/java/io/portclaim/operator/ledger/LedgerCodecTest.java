package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Holding;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.ports.Protocol;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerCodecTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    static Snapshot roundTrip(Snapshot snapshot) {
        try {
            return LedgerCodec.decode(LedgerCodec.encode(snapshot));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void comesBackAsItWas(int seed) {
        Snapshot snapshot = new Arbitrary(seed).snapshot();

        Snapshot back = roundTrip(snapshot);

        assertThat(back.cursors()).isEqualTo(snapshot.cursors());
        assertThat(back.held()).isEqualTo(snapshot.held());
        assertThat(back.pending())
                .containsExactlyElementsOf(snapshot.pending().stream()
                        .map(LedgerCodecTest::asStored)
                        .toList());
        assertThat(back.releases())
                .containsExactlyInAnyOrderElementsOf(snapshot.releases().stream()
                        .map(LedgerCodecTest::asStored)
                        .toList());
    }

    /** What its status says and it keeps is known from the status, and times have whole seconds. */
    private static Holding asStored(Holding holding) {
        SortedMap<String, List<PortGrant>> letGo = new TreeMap<>();
        holding.published().byPlace().forEach((place, grants) -> {
            List<PortGrant> gone = new ArrayList<>(grants);
            gone.removeAll(holding.current().at(place));
            letGo.put(place, gone);
        });
        return new Holding(
                holding.uid(),
                holding.key(),
                Instant.ofEpochSecond(holding.created().getEpochSecond()),
                holding.pool(),
                holding.configMapName(),
                holding.numbers(),
                new Assignment(letGo),
                holding.current());
    }

    private static Release asStored(Release release) {
        return new Release(
                release.key(),
                release.pool(),
                release.configMapName(),
                release.place(),
                release.grant(),
                release.cooldown(),
                release.until() == null
                        ? null
                        : Instant.ofEpochSecond(release.until().getEpochSecond() + 1));
    }

    @Test
    void keepsAPendingDecisionToHoldNothing() {
        Holding withdrawn = new Holding(
                "u",
                new ClaimKey("team", "a"),
                NOW,
                "p",
                "m",
                1,
                Ledgers.pending("u", 21000).current(),
                Assignment.NONE);

        Snapshot back = roundTrip(Ledgers.pending(withdrawn));

        assertThat(back.pending()).singleElement().satisfies(entry -> {
            assertThat(entry.pending()).isEqualTo(Assignment.NONE);
            assertThat(entry.published())
                    .as("what it lets go of")
                    .isEqualTo(Ledgers.pending("u", 21000).current());
        });
    }

    @Test
    void nothingIsTheEmptySnapshot() throws IOException {
        assertThat(LedgerCodec.decode(null)).isEqualTo(Snapshot.EMPTY);
        assertThat(LedgerCodec.decode("")).isEqualTo(Snapshot.EMPTY);
        assertThat(roundTrip(Snapshot.EMPTY)).isEqualTo(Snapshot.EMPTY);
    }

    @ParameterizedTest
    @ValueSource(ints = {LedgerCodec.MANY_RELEASES, LedgerCodec.MANY_RELEASES + 1, 5_000})
    void losesNoSlotOfManyReleasesAndNoDeadlineComesEarlier(int count) {
        Random random = new Random(count);
        List<Release> releases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TransportProtocol transport = TransportProtocol.values()[i % 4];
            boolean blocked = i % 7 == 0;
            releases.add(new Release(
                    new ClaimKey("team", "claim-" + i / 3),
                    "default",
                    "claim-" + i / 3 + "-ports",
                    i % 11 == 0 ? Place.EVERYWHERE : "node-" + i % 50,
                    new PortGrant("p" + i % 3, transport, 1000 + i * 3, 1 + i % 3),
                    Duration.ofSeconds(65 + i % 300),
                    blocked ? null : NOW.plusMillis(random.nextInt(600_000))));
        }

        List<Release> back =
                roundTrip(new Snapshot(List.of(), Map.of(), releases, Map.of())).releases();

        Map<Object, Release> stored = new HashMap<>();
        back.forEach(release -> slots(release)
                .forEach(slot -> assertThat(stored.put(slot, release)).isNull()));
        int slots = 0;
        for (Release release : releases) {
            for (Object slot : slots(release)) {
                slots++;
                Release kept = stored.get(slot);
                assertThat(kept).as("%s", slot).isNotNull();
                if (release.until() == null) {
                    assertThat(kept)
                            .as("pods may still use it, so it stays as it was")
                            .isEqualTo(release);
                } else {
                    assertThat(kept.until()).isAfterOrEqualTo(release.until());
                    assertThat(kept.until()).isBefore(release.until().plusSeconds(20));
                }
            }
        }
        assertThat(stored).hasSize(slots);
    }

    private static Set<Object> slots(Release release) {
        return new HashSet<>(
                Assignment.at(release.place(), List.of(release.grant())).slots());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no Base64 at all!",
                "AAAA",
                "////////",
                "json:",
                "json:null",
                "json:{}",
                "json:[]",
                "json:{\"p\":[{}],\"c\":{},\"r\":[],\"h\":{}}",
                "json:{\"p\":[null],\"c\":{},\"r\":[],\"h\":{}}",
                "json:{\"p\":[],\"c\":{},\"r\":[{\"w\":\"n\",\"d\":1}],\"h\":{}}",
                "json:{\"p\":[],\"c\":{},\"r\":[],\"h\":{\"QUIC\":\"AA==\"}}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"k\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[99999]}]}}],\"c\":{},\"r\":[],\"h\":{}}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"k\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[80]}]}}],\"c\":{},\"r\":[],\"h\":{}}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"k\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":1,\"p\":[80]}]}}],\"c\":{},\"r\":[],\"h\":{}}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"k\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[80,81]}]}}],\"c\":{},\"r\":[],\"h\":{}}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"k\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[null],\"f\":0,\"p\":[80]}]}}],\"c\":{},\"r\":[],\"h\":{}}"
            })
    void saysOfGarbageThatItCannotBeRead(String data) {
        String stored = data.startsWith("json:") ? deflated(data.substring(5)) : data;

        assertThatThrownBy(() -> LedgerCodec.decode(stored))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the ledger's data");
    }

    @Test
    void saysOfEveryCutOrFlippedTextThatItCannotBeReadOrReadsIt() {
        String good = LedgerCodec.encode(new Arbitrary(7).snapshot());
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            char[] text = good.toCharArray();
            text[random.nextInt(text.length)] = (char) ('A' + random.nextInt(26));
            String bad =
                    new String(text).substring(0, random.nextInt(3) == 0 ? random.nextInt(text.length) : text.length);
            try {
                LedgerCodec.decode(bad);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("the ledger's data");
            }
        }
    }

    @Test
    void passesOverFieldsThatItDoesNotKnow() throws IOException {
        Snapshot snapshot = Ledgers.pending(Ledgers.pending("u-1", 21000));
        String json = inflated(LedgerCodec.encode(snapshot));

        Snapshot back = LedgerCodec.decode(
                deflated(json.replaceFirst("\\{", "{\"later\":{\"a\":[1]},").replace("\"u\":", "\"new\":true,\"u\":")));

        assertThat(back).isEqualTo(roundTrip(snapshot));
    }

    private static String deflated(String json) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(json.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static String inflated(String data) throws IOException {
        return new String(
                new InflaterInputStream(
                                new ByteArrayInputStream(Base64.getDecoder().decode(data)))
                        .readAllBytes(),
                StandardCharsets.UTF_8);
    }

    @Test
    void tenThousandHeldPortsCostLittle() {
        BitSet scattered = new BitSet();
        Random random = new Random(1);
        while (scattered.cardinality() < 10_000) {
            scattered.set(20_000 + random.nextInt(20_000));
        }
        BitSet row = new BitSet();
        row.set(20_000, 30_000);

        int size = size(new Snapshot(List.of(), Map.of(), List.of(), Map.of(Protocol.TCP, scattered)));

        assertThat(size).as("every other port of a wide pool").isLessThan(9_000);
        assertThat(size(new Snapshot(List.of(), Map.of(), List.of(), Map.of(Protocol.TCP, row))))
                .as("one after the other, as they are given")
                .isLessThan(200);
    }

    @Test
    void eightLargeClaimsFitThoughEveryNodeHasItsOwnNumbers() {
        Random random = new Random(1);
        List<Holding> pending = new ArrayList<>();
        for (int claim = 0; claim < 8; claim++) {
            SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
            for (int node = 0; node < 500; node++) {
                List<PortGrant> grants = new ArrayList<>();
                for (int port = 0; port < 20; port++) {
                    grants.add(new PortGrant("port-" + port, TransportProtocol.TCP, 1024 + random.nextInt(60_000), 1));
                }
                byPlace.put("ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(node / 250, node % 250), grants);
            }
            pending.add(new Holding(
                    UUID.randomUUID().toString(),
                    new ClaimKey("team", "claim-" + claim),
                    NOW,
                    "default",
                    "claim-" + claim + "-ports",
                    20,
                    Assignment.NONE,
                    new Assignment(byPlace)));
        }

        assertThat(size(claims(pending.subList(0, 1))))
                .as("the largest claim there may be")
                .isLessThan(50_000);
        assertThat(size(claims(pending.subList(0, 8)))).isLessThan(400_000);
    }

    private static Snapshot claims(List<Holding> pending) {
        return new Snapshot(pending, Map.of("default", 20_500), List.of(), Map.of());
    }

    @Test
    void aBusySecondFits() {
        List<Holding> pending = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            pending.add(Ledgers.pending(UUID.randomUUID().toString(), 20_000 + i));
        }
        assertThat(size(claims(pending))).isLessThan(40_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyReleasesFit(boolean blocked) {
        Random random = new Random(1);
        List<Release> scattered = new ArrayList<>();
        List<Release> onEveryNode = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            Instant until = blocked ? null : NOW.plusSeconds(random.nextInt(120));
            scattered.add(released("claim-" + i / 3, random.nextInt(200), 20_000 + i % 10_000, until));
            onEveryNode.add(released("claim-" + i / 500, i % 500, 20_000 + i / 500, until));
        }
        assertThat(size(released(scattered.subList(0, 5_000)))).isLessThan(100_000);
        assertThat(size(released(onEveryNode))).isLessThan(400_000);
    }

    private static Release released(
            String claim, int node, int port, @org.jspecify.annotations.Nullable Instant until) {
        return new Release(
                new ClaimKey("team", claim),
                "default",
                claim + "-ports",
                "ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(node / 250, node % 250),
                new PortGrant("http", TransportProtocol.TCP, port, 1),
                Duration.ofSeconds(120),
                until);
    }

    private static Snapshot released(List<Release> releases) {
        return new Snapshot(List.of(), Map.of(), releases, Map.of());
    }

    private static int size(Snapshot snapshot) {
        return LedgerCodec.encode(snapshot).length();
    }

    /** Snapshots of all shapes. */
    private static final class Arbitrary {
        private final Random random;

        Arbitrary(int seed) {
            random = new Random(seed);
        }

        Snapshot snapshot() {
            List<Holding> pending = new ArrayList<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                pending.add(holding(i));
            }
            List<Release> releases = new ArrayList<>();
            for (int i = random.nextInt(8); i > 0; i--) {
                releases.add(release(i));
            }
            Map<String, Integer> cursors = new TreeMap<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                cursors.put("pool-" + i, random.nextInt(65536));
            }
            Map<Protocol, BitSet> held = new EnumMap<>(Protocol.class);
            for (Protocol protocol : Protocol.values()) {
                BitSet ports = new BitSet();
                random.ints(random.nextInt(4), 1, 65536).forEach(ports::set);
                if (!ports.isEmpty()) {
                    held.put(protocol, ports);
                }
            }
            return new Snapshot(pending, cursors, releases, held);
        }

        private Holding holding(int i) {
            return new Holding(
                    "uid-" + i,
                    new ClaimKey("team-" + random.nextInt(2), "claim-" + i),
                    NOW.plusMillis(random.nextInt(100_000)),
                    "pool-" + random.nextInt(2),
                    "map-" + i,
                    random.nextInt(64),
                    random.nextBoolean() ? Assignment.NONE : assignment(),
                    assignment());
        }

        private Assignment assignment() {
            if (random.nextInt(4) == 0) {
                return Assignment.at(Place.EVERYWHERE, List.of(grant()));
            }
            SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
            List<PortGrant> common = List.of(grant(), grant());
            for (int node = random.nextInt(5); node > 0; node--) {
                byPlace.put("node-" + node, random.nextBoolean() ? common : List.of(grant()));
            }
            return new Assignment(byPlace);
        }

        private PortGrant grant() {
            int count = 1 + random.nextInt(9);
            return new PortGrant(
                    "port-" + random.nextInt(5),
                    TransportProtocol.values()[random.nextInt(4)],
                    1 + random.nextInt(65535 - count),
                    count);
        }

        private Release release(int i) {
            return new Release(
                    random.nextBoolean() ? null : new ClaimKey("team", "gone-" + i),
                    "pool",
                    "map-" + i,
                    random.nextBoolean() ? Place.EVERYWHERE : "node-" + i,
                    grant(),
                    Duration.ofSeconds(random.nextInt(1000)),
                    random.nextBoolean() ? null : NOW.plusMillis(random.nextInt(100_000)));
        }
    }
}
