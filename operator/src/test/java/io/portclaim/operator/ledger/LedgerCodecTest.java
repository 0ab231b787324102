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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
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
        Snapshot snapshot = new ArbitrarySnapshots(seed).next();

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
        String good = LedgerCodec.encode(new ArbitrarySnapshots(7).next());
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
}
