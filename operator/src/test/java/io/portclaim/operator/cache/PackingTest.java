package io.portclaim.operator.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is packed comes out as it went in. */
class PackingTest {
    private static final String SAMPLE =
            "{\"name\":\"\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"},{\"type\":\"Usable\"}]}";

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertReturns(Packing packing, byte[] text) {
        assertThat(packing.unpack(packing.pack(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyTextReturnsAsItWas(long seed) {
        Random random = new Random(seed);
        Packing packing = new Packing(SAMPLE);
        for (int round = 0; round < 200; round++) {
            assertReturns(packing, text(random, random.nextInt(10)));
        }
    }

    /** Made of pieces of the sample, pieces of what is there already, and noise; some end in either. */
    private static byte[] text(Random random, int pieces) {
        StringBuilder text = new StringBuilder();
        for (int piece = 0; piece < pieces; piece++) {
            String from = random.nextBoolean() ? SAMPLE : text.toString();
            if (random.nextInt(3) == 0 || from.isEmpty()) {
                random.ints(random.nextInt(400), 0, 0x3000).forEach(text::appendCodePoint);
            } else {
                int start = random.nextInt(from.length());
                text.append(from, start, start + random.nextInt(from.length() - start) + 1);
            }
        }
        return bytes(text.toString());
    }

    @Test
    void lengthsOfAnySizeReturn() {
        Packing packing = new Packing(SAMPLE);
        for (int length = 0; length < 300; length++) {
            assertReturns(packing, bytes("#".repeat(length)));
            assertReturns(packing, bytes(SAMPLE.repeat(3).substring(0, Math.min(length, SAMPLE.length() * 3))));
        }
    }

    @Test
    void whatIsTooFarAwayIsNotReferredTo() {
        byte[] noise = new byte[100_000];
        new Random(1).nextBytes(noise);
        byte[] text = new byte[250_000];
        System.arraycopy(noise, 0, text, 0, noise.length);
        System.arraycopy(noise, 0, text, 150_000, noise.length);
        assertReturns(new Packing(SAMPLE), text);
    }

    @Test
    void aTextLikeTheSampleTakesWhatDistinguishesIt() {
        String text = SAMPLE.replace("\"name\":\"\"", "\"name\":\"server-00007\"");
        assertThat(new Packing(SAMPLE).pack(bytes(text))).hasSizeLessThan("server-00007".length() + 16);
    }

    @Test
    void anEmptyTextReturns() {
        assertReturns(new Packing(SAMPLE), new byte[0]);
    }

    @Test
    void whatWasNotPackedIsRefused() {
        Packing packing = new Packing(SAMPLE);
        byte[] packed = packing.pack(bytes("#".repeat(1000)));
        byte[] cut = Arrays.copyOf(packed, packed.length - 3);
        byte[] longer = packed.clone();
        longer[2]++;
        assertThatThrownBy(() -> packing.unpack(cut)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> packing.unpack(longer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1000 bytes");
        assertThatThrownBy(() -> packing.unpack(new byte[] {0, 0, 0, 9, 7, 7, 7, 7}))
                .isInstanceOf(IllegalArgumentException.class);
        assertReturns(packing, bytes(SAMPLE));
    }

    @Test
    void aSampleThatNoReferenceReachesIsRefused() {
        assertThatThrownBy(() -> new Packing("#".repeat(33_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("33000 bytes");
    }
}
