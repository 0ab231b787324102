package io.portclaim.operator.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.HeldCounts;
import io.portclaim.operator.allocation.HeldSketch;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerCodecTest {
    /** The fields that say what is held, for which {@code $} stands in the texts below. */
    private static final String NOTHING_HELD = "\"n\":\"%s\",\"k\":\"%s\""
            .formatted(base64(HeldCounts.NONE.toBytes()), base64(new HeldSketch().toBytes()));

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void comesBackAsItWas(int seed) {
        Snapshot snapshot = new ArbitrarySnapshots(seed).next();

        Snapshot back = Snapshots.roundTrip(snapshot);

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
    private static ClaimAllocation asStored(ClaimAllocation allocation) {
        return new ClaimAllocation(
                allocation.uid(),
                allocation.key(),
                Instant.ofEpochSecond(allocation.created().getEpochSecond()),
                allocation.pool(),
                allocation.configMapName(),
                allocation.version(),
                allocation.released(),
                allocation.current());
    }

    /** The next whole second, and what is left of a cooldown since {@link Instant#EPOCH}. */
    private static Release asStored(Release release) {
        return new Release(
                release.key(),
                release.map(),
                release.pool(),
                release.place(),
                release.grant(),
                release.cooldown(),
                release.namedUntil() == null
                        ? null
                        : release.namedUntil().plusMillis(999).truncatedTo(ChronoUnit.SECONDS),
                release.until() == null
                        ? null
                        : Instant.EPOCH
                                .plus(Duration.between(Snapshots.NOW, release.until()))
                                .plusMillis(999)
                                .truncatedTo(ChronoUnit.SECONDS));
    }

    @Test
    void keepsAPendingDecisionToHoldNothing() {
        ClaimAllocation withdrawn = new ClaimAllocation(
                "u",
                new ClaimKey("team", "a"),
                Snapshots.NOW,
                "p",
                "m",
                1L,
                Snapshots.pending("u", 21000).current(),
                Assignment.NONE);

        Snapshot back = Snapshots.roundTrip(Snapshots.pending(withdrawn));

        assertThat(back.pending()).singleElement().satisfies(entry -> {
            assertThat(entry.pending()).isEqualTo(Assignment.NONE);
            assertThat(entry.published())
                    .as("what it releases")
                    .isEqualTo(Snapshots.pending("u", 21000).current());
        });
    }

    @Test
    void nothingIsTheEmptySnapshot() throws IOException {
        assertThat(LedgerCodec.decode(null)).isEqualTo(Snapshot.EMPTY);
        assertThat(LedgerCodec.decode("")).isEqualTo(Snapshot.EMPTY);
        assertThat(Snapshots.roundTrip(Snapshot.EMPTY)).isEqualTo(Snapshot.EMPTY);
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
                "json:{\"p\":[],\"c\":{}}",
                "json:{\"c\":{},$}",
                "json:{\"p\":[],$}",
                "json:{\"p\":[],\"c\":{},\"n\":\"AA==\",\"k\":\"////\"}",
                "json:{\"p\":[{}],\"c\":{},$}",
                "json:{\"p\":[null],\"c\":{},$}",
                "json:{\"p\":[],\"c\":{},\"r\":[],$}",
                "json:{\"p\":[],\"c\":{},\"r\":{\"g\":[{\"d\":1}]},$}",
                "json:{\"p\":[],\"c\":{},\"q\":{\"g\":[{\"w\":\"n\",\"x\":\"TCP\",\"d\":1,\"p\":\"\"}]},$}",
                "json:{\"p\":[],\"c\":{},\"q\":{\"g\":[{\"w\":\"n\",\"x\":\"QUIC\",\"d\":1,\"p\":\"80\"}]},$}",
                "json:{\"p\":[],\"c\":{},\"q\":{\"g\":[{\"w\":\"n\",\"x\":\"TCP\",\"d\":1,\"p\":\"80\",\"m\":\"AAAA\"}]},$}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"v\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[99999]}]}}],\"c\":{},$}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"v\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[80]}]}}],\"c\":{},$}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"v\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":1,\"p\":[80]}]}}],\"c\":{},$}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"v\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[80,81]}]}}],\"c\":{},$}",
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"v\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[null],\"f\":0,\"p\":[80]}]}}],\"c\":{},$}"
            })
    void saysOfGarbageThatItCannotBeRead(String data) {
        assertThatThrownBy(() -> LedgerCodec.decode(stored(data)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("its data can't be read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "json:{\"p\":[{\"u\":\"u\",\"s\":\"s\",\"n\":\"n\",\"t\":1,\"l\":\"p\",\"m\":\"m\",\"v\":1,\"a\":"
                        + "{\"f\":[[{\"n\":\"x\",\"x\":\"TCP\",\"k\":1}]],\"g\":[{\"w\":[\"node\"],\"f\":0,\"p\":[80]}]}}],\"c\":{},$}",
                "json:{\"p\":[],\"c\":{},\"q\":{\"g\":[{\"w\":\"n\",\"x\":\"TCP\",\"d\":1,\"p\":\"80\",\"m\":\"AAAAAAAAAAE=\"}]},$}",
                "json:{\"p\":[],\"c\":{},\"r\":{\"g\":[]},$}"
            })
    void readsWhatTheGarbageAboveDiffersFrom(String data) {
        assertThatCode(() -> LedgerCodec.decode(stored(data))).doesNotThrowAnyException();
    }

    private static String stored(String data) {
        return data.startsWith("json:") ? deflated(data.substring(5).replace("$", NOTHING_HELD)) : data;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    @Test
    void saysOfEveryCutOrFlippedTextThatItCannotBeReadOrReadsIt() {
        String good = LedgerCodec.encode(new ArbitrarySnapshots(7).next(), Snapshots.MOST_DATA);
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            char[] text = good.toCharArray();
            text[random.nextInt(text.length)] = (char) ('A' + random.nextInt(26));
            String bad =
                    new String(text).substring(0, random.nextInt(3) == 0 ? random.nextInt(text.length) : text.length);
            try {
                LedgerCodec.decode(bad);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("its data can't be read");
            }
        }
    }

    @Test
    void passesOverFieldsThatItDoesNotKnow() throws IOException {
        Snapshot snapshot = Snapshots.pending(Snapshots.pending("u-1", 21000));
        String json = inflated(LedgerCodec.encode(snapshot, Snapshots.MOST_DATA));

        Snapshot back = LedgerCodec.decode(
                deflated(json.replaceFirst("\\{", "{\"later\":{\"a\":[1]},").replace("\"u\":", "\"new\":true,\"u\":")));

        assertThat(back).isEqualTo(Snapshots.roundTrip(snapshot));
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
