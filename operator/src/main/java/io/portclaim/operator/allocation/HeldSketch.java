package io.portclaim.operator.allocation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is held, in at most 5 kB however much it is: the ledger keeps one, so that a new leader finds out which blocks went
 * while nobody led. One sketch {@link #minus} another {@link #decode decodes} into the blocks that only one of them has, as
 * long as these are about 110 at most; more do not decode, which is noticed.
 *
 * <p>It is an invertible Bloom lookup table (Goodrich and Mitzenmacher, 2011; Eppstein, Goodrich, Uyeda and Varghese, "What's
 * the Difference?", 2011). The table has five parts, and a block is added to one cell of each part, which its hash
 * chooses. A cell keeps how many blocks it has, the XOR of their 20 bytes, and the sum of their checksums. A cell that has one
 * block gives it away; taken out of its other cells it leaves others with one. Four parts would decode a few more blocks, but
 * two blocks that share all cells never decode, and with four parts that is not rare enough (1 in 1,000 at 100 blocks).
 *
 * <p>A block is added once. One that was added twice makes the sketch fail to decode, never decode into something else: the
 * checksums are summed, because an XOR would forget what was added twice.
 *
 * <p>Not thread-safe.
 */
public final class HeldSketch {
    /**
     * How two sketches differ.
     *
     * @param onlyHere the blocks that only the first sketch has
     * @param onlyThere the blocks that only the one taken off has
     */
    public record Difference(Set<HeldBlock> onlyHere, Set<HeldBlock> onlyThere) {
        public Difference {
            onlyHere = Collections.unmodifiableSet(new LinkedHashSet<>(onlyHere));
            onlyThere = Collections.unmodifiableSet(new LinkedHashSet<>(onlyThere));
        }
    }

    private static final int CELLS = SketchHashes.CELLS;
    private static final long MAX_COUNT_CODE = 1L << 32;

    private final int[] counts;
    private final int[] places;
    private final int[] uids;
    private final long[] maps;
    private final int[] forms;
    private final int[] checksums;

    /** A sketch of nothing. */
    public HeldSketch() {
        this(new int[CELLS], new int[CELLS], new int[CELLS], new long[CELLS], new int[CELLS], new int[CELLS]);
    }

    private HeldSketch(int[] counts, int[] places, int[] uids, long[] maps, int[] forms, int[] checksums) {
        this.counts = counts;
        this.places = places;
        this.uids = uids;
        this.maps = maps;
        this.forms = forms;
        this.checksums = checksums;
    }

    /** A sketch of the same blocks that can be changed on its own. */
    public HeldSketch copy() {
        return new HeldSketch(
                counts.clone(), places.clone(), uids.clone(), maps.clone(), forms.clone(), checksums.clone());
    }

    /** Adds {@code block}, which it does not have yet. */
    public void add(HeldBlock block) {
        put(block, 1);
    }

    /** Takes out {@code block}, which was added. */
    public void remove(HeldBlock block) {
        put(block, -1);
    }

    /** A new sketch of how this one differs from {@code other}, to be {@link #decode decoded}. */
    public HeldSketch minus(HeldSketch other) {
        HeldSketch rest = copy();
        for (int cell = 0; cell < CELLS; cell++) {
            rest.counts[cell] -= other.counts[cell];
            rest.places[cell] ^= other.places[cell];
            rest.uids[cell] ^= other.uids[cell];
            rest.maps[cell] ^= other.maps[cell];
            rest.forms[cell] ^= other.forms[cell];
            rest.checksums[cell] -= other.checksums[cell];
        }
        return rest;
    }

    /**
     * The blocks of this sketch: those that were added more often than taken out, and those that were taken out more often.
     * Ends after {@value SketchHashes#CELLS} blocks at most, whatever the sketch was read from.
     *
     * @return empty if there are too many blocks, or if it is no sketch of blocks that were added once
     */
    public Optional<Difference> decode() {
        HeldSketch rest = copy();
        Set<HeldBlock> here = new LinkedHashSet<>();
        Set<HeldBlock> there = new LinkedHashSet<>();
        BitSet empty = new BitSet(CELLS);
        Deque<Integer> open = new ArrayDeque<>(IntStream.range(0, CELLS).boxed().toList());
        while (!open.isEmpty()) {
            int cell = open.remove();
            int count = rest.counts[cell];
            Optional<HeldBlock> only = rest.onlyBlockOf(cell);
            if (only.isEmpty()) {
                continue;
            }
            HeldBlock block = only.get();
            // It has no other block, so it stays empty; where it does not, this is no sketch and may go on for ever.
            if (empty.get(cell)) {
                return Optional.empty();
            }
            empty.set(cell);
            (count > 0 ? here : there).add(block);
            rest.put(block, -count);
            Arrays.stream(SketchHashes.cells(block)).forEach(open::add);
        }
        return rest.isEmpty() ? Optional.of(new Difference(here, there)) : Optional.empty();
    }

    /** Whether it has no block. */
    public boolean isEmpty() {
        return IntStream.range(0, CELLS).allMatch(this::isEmpty);
    }

    /**
     * The sketch in bytes: cell by cell 0 and the number of further empty cells, or the count, signs folded in, plus 1, and
     * 24 bytes. Counts are varints.
     */
    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer fixed = ByteBuffer.allocate(24);
        int cell = 0;
        while (cell < CELLS) {
            int end = cell;
            while (end < CELLS && isEmpty(end)) {
                end++;
            }
            if (end > cell) {
                out.write(0);
                Varints.write(out, end - cell - 1L);
                cell = end;
            } else {
                Varints.write(out, Integer.toUnsignedLong((counts[cell] << 1) ^ (counts[cell] >> 31)) + 1);
                fixed.clear().putInt(places[cell]).putInt(uids[cell]).putLong(maps[cell]);
                fixed.putInt(forms[cell]).putInt(checksums[cell]);
                out.writeBytes(fixed.array());
                cell++;
            }
        }
        return out.toByteArray();
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static HeldSketch of(byte[] bytes) {
        HeldSketch sketch = new HeldSketch();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int cell = 0;
        while (cell < CELLS) {
            long code = Varints.read(in, MAX_COUNT_CODE, "the count of a cell");
            if (code == 0) {
                cell += (int) Varints.read(in, CELLS - cell - 1L, "the number of empty cells") + 1;
            } else {
                sketch.read(cell++, code - 1, in);
            }
        }
        Varints.end(in);
        return sketch;
    }

    private void read(int cell, long count, ByteBuffer in) {
        if (in.remaining() < 24) {
            throw new IllegalArgumentException("the bytes end within a cell");
        }
        counts[cell] = (int) (count >>> 1) ^ -(int) (count & 1);
        places[cell] = in.getInt();
        uids[cell] = in.getInt();
        maps[cell] = in.getLong();
        forms[cell] = in.getInt();
        checksums[cell] = in.getInt();
    }

    private void put(HeldBlock block, int times) {
        int checksum = SketchHashes.checksum(block);
        int form = block.form();
        for (int cell : SketchHashes.cells(block)) {
            counts[cell] += times;
            places[cell] ^= block.place();
            uids[cell] ^= block.uid();
            maps[cell] ^= block.map();
            forms[cell] ^= form;
            checksums[cell] += times * checksum;
        }
    }

    /** The block of {@code cell} if that has one only, as its checksum says. */
    private Optional<HeldBlock> onlyBlockOf(int cell) {
        int count = counts[cell];
        if (count != 1 && count != -1) {
            return Optional.empty();
        }
        return HeldBlock.of(places[cell], uids[cell], maps[cell], forms[cell])
                .filter(block -> count * checksums[cell] == SketchHashes.checksum(block));
    }

    private boolean isEmpty(int cell) {
        return (counts[cell] | places[cell] | uids[cell] | forms[cell] | checksums[cell]) == 0 && maps[cell] == 0;
    }

    /** Whether {@code other} is a sketch whose cells are the same; only for one that does not change meanwhile. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof HeldSketch sketch && minus(sketch).isEmpty());
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(counts) + Arrays.hashCode(checksums);
    }
}
