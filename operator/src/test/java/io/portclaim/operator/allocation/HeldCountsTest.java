package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.Protocol;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

/** Random counts against a map; {@code -Dportclaim.counts.seed=…} repeats a run. */
class HeldCountsTest {
    private static final long SEED = Long.getLong("portclaim.counts.seed", System.nanoTime());

    private record Number(Protocol protocol, int port) {}

    private final Random random = new Random(SEED);

    HeldCountsTest() {
        System.out.println("-Dportclaim.counts.seed=" + SEED);
    }

    @Test
    void countsAreWhatWasAdded() {
        for (int i = 0; i < 2_000; i++) {
            Map<Number, Integer> model = model();
            HeldCounts counts = counts(model);
            for (Protocol protocol : Protocol.values()) {
                for (int port : new int[] {-1, 0, 1, 65_535, 65_536, random.nextInt(65_536)}) {
                    int expected = model.getOrDefault(new Number(protocol, port), 0);
                    assertThat(counts.of(protocol, port)).isEqualTo(expected);
                }
            }
            model.forEach((number, count) -> {
                assertThat(counts.of(number.protocol, number.port)).isEqualTo(count);
                assertThat(counts.isHeld(number.protocol, number.port)).isTrue();
            });
            assertThat(counts.isEmpty()).isEqualTo(model.isEmpty());
        }
    }

    @Test
    void whatIsMissingIsTheDifferenceWhereItIsPositive() {
        for (int i = 0; i < 2_000; i++) {
            Map<Number, Integer> before = model();
            Map<Number, Integer> now = new HashMap<>(model());
            before.forEach((number, count) -> {
                if (random.nextBoolean()) {
                    now.put(number, Math.max(1, count + random.nextInt(3) - 1));
                }
            });
            Map<Number, Integer> expected = new HashMap<>();
            before.forEach((number, count) -> {
                int missing = count - now.getOrDefault(number, 0);
                if (missing > 0) {
                    expected.put(number, missing);
                }
            });
            Map<Number, Integer> found = new HashMap<>();
            counts(before)
                    .missingFrom(
                            counts(now),
                            (protocol, port, missing) -> assertThat(found.put(new Number(protocol, port), missing))
                                    .isNull());
            assertThat(found).isEqualTo(expected);
        }
    }

    @Test
    void whatIsWrittenReadsTheSame() {
        for (int i = 0; i < 2_000; i++) {
            HeldCounts counts = counts(model());
            HeldCounts read = HeldCounts.of(counts.toBytes());
            assertThat(read).isEqualTo(counts).hasSameHashCodeAs(counts).hasToString(counts.toString());
        }
    }

    @Test
    void oneSlotMoreMakesThemDiffer() {
        for (int i = 0; i < 1_000; i++) {
            Map<Number, Integer> model = model();
            Map<Number, Integer> other = new HashMap<>(model);
            other.merge(number(), 1, Integer::sum);
            assertThat(counts(other)).isNotEqualTo(counts(model));
        }
    }

    @Test
    void anAssignmentCountsEachOfItsSlots() {
        HeldCounts counts = new HeldCounts.Builder()
                .add(Assignment.at("a", List.of(new PortGrant("game", TransportProtocol.TCPUDP, 21_000, 2))))
                .add(Assignment.at("b", List.of(new PortGrant("http", TransportProtocol.TCP, 21_001, 1))))
                .build();
        assertThat(counts).hasToString("TCP[21000=1, 21001=2], UDP[21000=1, 21001=1]");
    }

    @Test
    void bytesOfNothingAreOne() {
        assertThat(HeldCounts.NONE.toBytes()).containsExactly(0);
        assertThat(HeldCounts.of(new byte[] {0})).isEqualTo(HeldCounts.NONE);
    }

    @Test
    void fewBytesForAWholePool() {
        HeldCounts.Builder alike = new HeldCounts.Builder();
        HeldCounts.Builder mixed = new HeldCounts.Builder();
        for (int port = 21_000; port < 29_000; port++) {
            alike.add(Protocol.TCP, port, 1);
            mixed.add(Protocol.TCP, port, 1 + random.nextInt(500));
        }
        byte[] one = alike.build().toBytes();
        byte[] many = mixed.build().toBytes();
        System.out.printf(
                "8,000 ports: %d bytes (%d deflated) of one slot each, %d (%d) of up to 500%n",
                one.length, deflated(one), many.length, deflated(many));
        assertThat(one.length).isLessThan(16_100);
        assertThat(deflated(one)).isLessThan(100);
        assertThat(many.length).isLessThan(24_100);
    }

    private static int deflated(byte[] bytes) {
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(bytes);
            deflater.finish();
            return deflater.deflate(new byte[2 * bytes.length + 100]);
        } finally {
            deflater.end();
        }
    }

    @Test
    void whatEndsTooEarlyOrTooLateIsRefused() {
        byte[] bytes = counts(Map.of(new Number(Protocol.TCP, 300), 200, new Number(Protocol.SCTP, 65_535), 1))
                .toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException().isThrownBy(() -> HeldCounts.of(part));
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeldCounts.of(longer))
                .withMessage("1 bytes too many");
    }

    @Test
    void whatIsNoCountIsRefused() {
        assertRefused("the number of protocols is 4, the most is 3", 4);
        assertRefused("no protocol has the number 7", 1, 7);
        assertRefused("TCP has no port", 1, 6, 0);
        assertRefused("TCP comes twice", 2, 6, 1, 1, 1, 6, 1, 1, 1);
        assertRefused("port 0 comes twice", 1, 6, 1, 0, 1);
        assertRefused("port 9 comes twice", 1, 6, 2, 9, 1, 0, 1);
        assertRefused("0 slots can't hold 9/TCP", 1, 6, 1, 9, 0);
        assertRefused("the distance to the next port is 65536, the most is 65535", 1, 6, 1, 65_536, 1);
        assertRefused("the distance to the next port is 1, the most is 0", 1, 6, 2, 65_535, 1, 1, 1);
        assertRefused("the number of slots is 2147483648, the most is 2147483647", 1, 6, 1, 9, 1L << 31);
        assertRefused("the number of slots is too long a number", 1, 6, 1, 9, 1L << 50);
    }

    private static void assertRefused(String message, long... numbers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(numbers).forEach(number -> Varints.write(out, number));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeldCounts.of(out.toByteArray()))
                .withMessage(message);
    }

    @Test
    void anyBytesAreRefusedOrReadAsWhatTheySay() {
        int read = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = counts(model()).toBytes();
            if (i % 2 == 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                random.nextBytes(bytes);
            }
            try {
                HeldCounts counts = HeldCounts.of(bytes);
                assertThat(HeldCounts.of(counts.toBytes())).isEqualTo(counts);
                read++;
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageMatching("[a-zA-Z0-9].+");
            }
        }
        System.out.printf("of 10,000 sequences of bytes %d were read%n", read);
        assertThat(read).isGreaterThan(1_000);
    }

    @Test
    void whatCannotBeHeldIsRefused() {
        HeldCounts.Builder builder = new HeldCounts.Builder();
        for (int[] bad : new int[][] {{0, 1}, {-1, 1}, {65_536, 1}, {1, 0}, {1, -1}}) {
            assertThatIllegalArgumentException().isThrownBy(() -> builder.add(Protocol.UDP, bad[0], bad[1]));
        }
    }

    private HeldCounts counts(Map<Number, Integer> model) {
        HeldCounts.Builder builder = new HeldCounts.Builder();
        model.forEach((number, count) -> {
            int some = random.nextInt(count);
            if (some > 0) {
                builder.add(number.protocol, number.port, some);
            }
            builder.add(number.protocol, number.port, count - some);
        });
        return builder.build();
    }

    private Map<Number, Integer> model() {
        Map<Number, Integer> model = new HashMap<>();
        int size = random.nextInt(30);
        for (int i = 0; i < size; i++) {
            model.put(number(), 1 + random.nextInt(random.nextInt(10) == 0 ? Integer.MAX_VALUE - 9 : 20));
        }
        return model;
    }

    private Number number() {
        int port = random.nextInt(200) == 0 ? 1 + random.nextInt(65_535) : 100 + random.nextInt(50);
        return new Number(Protocol.values()[random.nextInt(Protocol.values().length)], port);
    }
}
