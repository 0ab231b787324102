package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.HeldSketch.Difference;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Random sketches; {@code -Dportclaim.sketch.seed=…} repeats a run. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class HeldSketchTest {
    private static final long SEED = Long.getLong("portclaim.sketch.seed", System.nanoTime());

    private final Random random = new Random(SEED);

    HeldSketchTest() {
        System.out.println("-Dportclaim.sketch.seed=" + SEED);
    }

    @Test
    void upToAHundredDifferencesDecodeExactly() {
        int cases = 20_000;
        int decoded = 0;
        for (int i = 0; i < cases; i++) {
            if (decodesExactly(random.nextInt(101), random.nextInt(100))) {
                decoded++;
            }
        }
        System.out.printf("up to 100 differences: %d of %d decoded%n", decoded, cases);
        assertThat(decoded).isGreaterThan(cases * 999 / 1000);
    }

    @Test
    void theShareThatDecodesByTheNumberOfDifferences() {
        int cases = 1_000;
        for (int differences = 60; differences <= 160; differences += 10) {
            int decoded = 0;
            for (int i = 0; i < cases; i++) {
                if (decodesExactly(differences, 0)) {
                    decoded++;
                }
            }
            System.out.printf("%d differences: %.2f %% of %d decoded%n", differences, 100.0 * decoded / cases, cases);
            if (differences <= 100) {
                assertThat(decoded).isGreaterThanOrEqualTo(cases - 4);
            }
        }
    }

    @Test
    void tooManyDifferencesAreEmptyAndNeverSomethingElse() {
        for (int i = 0; i < 5_000; i++) {
            int differences = 100 + random.nextInt(300);
            boolean decoded = decodesExactly(differences, 0);
            assertThat(decoded && differences > SketchHashes.CELLS).isFalse();
        }
    }

    /** Whether sketches with that many blocks of their own decode; checks that they decode into just these. */
    private boolean decodesExactly(int differences, int common) {
        Set<HeldBlock> blocks = blocks(differences);
        Set<HeldBlock> onlyHere = new HashSet<>();
        Set<HeldBlock> onlyThere = new HashSet<>();
        int mostlyHere = random.nextInt(5);
        blocks.forEach(block -> (random.nextInt(4) < mostlyHere ? onlyHere : onlyThere).add(block));
        Set<HeldBlock> both = blocks(common);
        both.removeAll(blocks);
        HeldSketch here = sketch(onlyHere, both);
        HeldSketch there = sketch(both, onlyThere);
        Optional<Difference> decoded = here.minus(there).decode();
        decoded.ifPresent(difference -> assertThat(difference).isEqualTo(new Difference(onlyHere, onlyThere)));
        return decoded.isPresent();
    }

    @Test
    void aHundredThousandBlocksThatBothHaveCancel() {
        Set<HeldBlock> all = blocks(100_060);
        Set<HeldBlock> missing = blocks(0);
        all.stream().limit(40).forEach(missing::add);
        Set<HeldBlock> more = blocks(0);
        all.stream().skip(100_040).forEach(more::add);
        HeldSketch before = new HeldSketch();
        all.stream().filter(block -> !more.contains(block)).forEach(before::add);
        HeldSketch now = before.copy();
        missing.forEach(now::remove);
        more.forEach(now::add);

        assertThat(before.minus(now).decode()).contains(new Difference(missing, more));
        assertThat(before.minus(before.copy()).isEmpty()).isTrue();
        assertThat(before.decode()).isEmpty();
    }

    @Test
    void anEmptySketchFillsFewBytesAndAFullOneFiveThousand() {
        byte[] empty = new HeldSketch().toBytes();
        byte[] hundred = sketch(blocks(100)).toBytes();
        byte[] full = sketch(blocks(100_000)).toBytes();
        System.out.printf(
                "bytes: empty %d, 1 block %d, 10 blocks %d, 100 blocks %d, 100,000 blocks %d%n",
                empty.length,
                sketch(blocks(1)).toBytes().length,
                sketch(blocks(10)).toBytes().length,
                hundred.length,
                full.length);
        assertThat(empty).hasSizeLessThanOrEqualTo(3);
        assertThat(hundred).hasSizeLessThan(5_000);
        assertThat(full).hasSizeLessThan(5_000);
    }

    @Test
    void whatIsWrittenReadsTheSame() {
        for (int i = 0; i < 3_000; i++) {
            HeldSketch sketch = sketch(blocks(random.nextInt(60))).minus(sketch(blocks(random.nextInt(60))));
            HeldSketch read = HeldSketch.of(sketch.toBytes());
            assertThat(read).isEqualTo(sketch).hasSameHashCodeAs(sketch);
            assertThat(read.decode()).isEqualTo(sketch.decode());
        }
    }

    @Test
    void countsOfEverySizeReadTheSame() {
        for (int count : new int[] {1, -1, 63, -64, 64, 8191, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            byte[] bytes = cells(Map.of(7, new Cell(count, 1, 2, 3, 4, 5)));
            assertThat(HeldSketch.of(bytes).toBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void whatEndsTooEarlyOrTooLateIsRefused() {
        byte[] bytes = sketch(blocks(20)).toBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException().isThrownBy(() -> HeldSketch.of(part));
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HeldSketch.of(longer))
                .withMessage("1 bytes too many");
    }

    @Test
    void anyBytesAreRefusedOrDecodeIntoWhatTheySay() {
        int read = 0;
        int decoded = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = i % 2 == 0
                    ? anyBytes()
                    : changed(sketch(blocks(random.nextInt(30))).toBytes());
            Optional<HeldSketch> sketch = read(bytes);
            if (sketch.isPresent()) {
                read++;
                Optional<Difference> difference = sketch.get().decode();
                if (difference.isPresent()) {
                    decoded++;
                    assertThat(sketch(difference.get().onlyHere())
                                    .minus(sketch(difference.get().onlyThere())))
                            .isEqualTo(sketch.get());
                }
            }
        }
        System.out.printf("of 20,000 sequences of bytes %d were read, %d decoded%n", read, decoded);
        assertThat(read).isGreaterThan(1_000);
    }

    private Optional<HeldSketch> read(byte[] bytes) {
        try {
            return Optional.of(HeldSketch.of(bytes));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching("[a-z0-9].+");
            return Optional.empty();
        }
    }

    private byte[] anyBytes() {
        byte[] bytes = new byte[random.nextInt(6_000)];
        random.nextBytes(bytes);
        if (bytes.length > 5_000) {
            // Small counts, so that some of them are read as far as the last cell.
            for (int cell = 0; cell < SketchHashes.CELLS; cell++) {
                bytes[25 * cell] = (byte) (1 + random.nextInt(4));
            }
            return Arrays.copyOf(bytes, 25 * SketchHashes.CELLS);
        }
        return bytes;
    }

    private byte[] changed(byte[] bytes) {
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    /** Taken out of its other cells, the block would be put back into the first, for ever. */
    @Test
    void aBlockInOneOfItsCellsOnlyDoesNotDecode() {
        for (int i = 0; i < 100; i++) {
            HeldBlock block = block();
            byte[] bytes = cells(Map.of(SketchHashes.cells(block)[random.nextInt(5)], Cell.of(block)));
            assertDoesNotDecode(HeldSketch.of(bytes));
        }
    }

    @Test
    void aBlockOfItsOwnInEveryCellDoesNotDecode() {
        for (int i = 0; i < 20; i++) {
            Map<Integer, Cell> cells = new HashMap<>();
            while (cells.size() < SketchHashes.CELLS) {
                HeldBlock block = block();
                cells.put(SketchHashes.cells(block)[random.nextInt(5)], Cell.of(block));
            }
            assertDoesNotDecode(HeldSketch.of(cells(cells)));
        }
    }

    @Test
    void aBlockInCellsThatAreNotItsOwnDoesNotDecode() {
        HeldBlock block = block();
        Map<Integer, Cell> cells = new HashMap<>();
        for (int cell : SketchHashes.cells(block)) {
            cells.put((cell + 1) % SketchHashes.CELLS, Cell.of(block));
        }
        assertDoesNotDecode(HeldSketch.of(cells(cells)));
    }

    private static void assertDoesNotDecode(HeldSketch sketch) {
        assertThat(sketch.decode()).isEmpty();
    }

    @Test
    void aBlockThatWasAddedTwiceDoesNotDecode() {
        for (int i = 0; i < 2_000; i++) {
            Set<HeldBlock> blocks = blocks(1 + random.nextInt(40));
            HeldSketch sketch = sketch(blocks);
            int times = 1 + random.nextInt(3);
            HeldBlock again = blocks.iterator().next();
            for (int j = 0; j < times; j++) {
                sketch.add(again);
            }
            assertThat(sketch.minus(sketch(blocks(random.nextInt(40)))).decode())
                    .isEmpty();
        }
    }

    @Test
    void aBlockThatWasAddedTwiceHidesNoOtherOfTheSameCells() {
        HeldBlock[] alike = ofTheSameCells();
        HeldSketch sketch = new HeldSketch();
        sketch.add(alike[0]);
        sketch.add(alike[0]);
        sketch.remove(alike[1]);
        // One block more than taken out, and the XOR of them all is the one that was taken out.
        assertThat(sketch.decode()).isEmpty();
    }

    @Test
    void twoBlocksOfTheSameCellsDoNotDecode() {
        HeldBlock[] alike = ofTheSameCells();
        assertThat(sketch(Set.of(alike)).decode()).isEmpty();
        assertThat(sketch(Set.of(alike[0])).minus(sketch(Set.of(alike[1]))).decode())
                .isEmpty();
    }

    /** A pair of blocks in a hundred million or so. */
    private HeldBlock[] ofTheSameCells() {
        Map<Integer, HeldBlock> byCells = new HashMap<>();
        while (true) {
            HeldBlock block = block();
            HeldBlock alike = byCells.put(cellsCode(block), block);
            if (alike != null && !alike.equals(block)) {
                return new HeldBlock[] {alike, block};
            }
        }
    }

    private static int cellsCode(HeldBlock block) {
        int code = 0;
        for (int cell : SketchHashes.cells(block)) {
            code = code * 39 + cell % 39;
        }
        return code;
    }

    /** Ledgers keep sketches: a later version must read what an earlier one wrote. */
    @Test
    void theSketchOfABlockStaysTheSame() {
        String cell = "0366570ff0b85d9318c4d7361482550a28d48200036bb585fd";
        HeldSketch sketch = new HeldSketch();
        sketch.add(new HeldBlock(
                0x66570ff0,
                HeldBlock.uidHash("f3a7c9d2-0000-4000-8000-000000000001"),
                ConfigMapId.of("games", "lobby-ports"),
                TransportProtocol.TCPUDP,
                21_000,
                4));
        assertThat(HexFormat.of().formatHex(sketch.toBytes()))
                .isEqualTo("000f" + cell + "0020" + cell + "0021" + cell + "0037" + cell + "0009" + cell + "0025");
    }

    private record Cell(int count, int place, int uid, long map, int form, int checksum) {
        static Cell of(HeldBlock block) {
            return new Cell(1, block.place(), block.uid(), block.map(), block.form(), SketchHashes.checksum(block));
        }
    }

    /** The bytes of a sketch with these cells. */
    private static byte[] cells(Map<Integer, Cell> cells) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int empty = 0;
        for (int i = 0; i <= SketchHashes.CELLS; i++) {
            Cell cell = cells.get(i);
            if (cell == null && i < SketchHashes.CELLS) {
                empty++;
                continue;
            }
            if (empty > 0) {
                out.write(0);
                Varints.write(out, empty - 1);
                empty = 0;
            }
            if (cell != null) {
                Varints.write(out, (cell.count < 0 ? -2L * cell.count - 1 : 2L * cell.count) + 1);
                out.writeBytes(ByteBuffer.allocate(24)
                        .putInt(cell.place)
                        .putInt(cell.uid)
                        .putLong(cell.map)
                        .putInt(cell.form)
                        .putInt(cell.checksum)
                        .array());
            }
        }
        return out.toByteArray();
    }

    @SafeVarargs
    private static HeldSketch sketch(Set<HeldBlock>... blocks) {
        HeldSketch sketch = new HeldSketch();
        for (Set<HeldBlock> some : blocks) {
            some.forEach(sketch::add);
        }
        return sketch;
    }

    private Set<HeldBlock> blocks(int number) {
        Set<HeldBlock> blocks = new LinkedHashSet<>();
        while (blocks.size() < number) {
            blocks.add(block());
        }
        return blocks;
    }

    /** Few places, claims and ConfigMaps, so that blocks differ in little. */
    private HeldBlock block() {
        int claim = random.nextInt(5_000);
        int count = random.nextInt(4) == 0 ? 1 + random.nextInt(20) : 1;
        TransportProtocol[] transports = TransportProtocol.values();
        return new HeldBlock(
                random.nextInt(500) * 0x01000193,
                claim * 0x0100_0000 + 7,
                claim / 2,
                transports[random.nextInt(transports.length)],
                1 + random.nextInt(9_000),
                count);
    }
}
