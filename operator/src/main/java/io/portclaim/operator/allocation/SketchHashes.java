package io.portclaim.operator.allocation;

/**
 * Which cells of a {@link HeldSketch} a block is in, and its checksum. Ledgers keep sketches, so all of it stays the same
 * over versions.
 */
final class SketchHashes {
    /** How many cells a sketch has. */
    static final int CELLS = 192;

    /** In how many parts these are divided, as evenly as it goes; a block is in one cell of each. */
    static final int PARTS = 5;

    /** Two seeds, so that the checksum knows nothing of the cells: the first digits of pi and e in hexadecimal. */
    private static final long CELL_SEED = 0x243f6a8885a308d3L;

    private static final long CHECKSUM_SEED = 0xb7e151628aed2a6aL;

    /** The step of splitmix64: 2^64 divided by the golden ratio. */
    private static final long STEP = 0x9e3779b97f4a7c15L;

    private SketchHashes() {}

    /** The cells of {@code block}, one in each part. */
    static int[] cells(HeldBlock block) {
        long hash = hash(CELL_SEED, block);
        int[] cells = new int[PARTS];
        for (int part = 0; part < PARTS; part++) {
            int first = part * CELLS / PARTS;
            int size = (part + 1) * CELLS / PARTS - first;
            cells[part] = first + (int) (((mix(hash + (part + 1) * STEP) >>> 32) * size) >>> 32);
        }
        return cells;
    }

    static int checksum(HeldBlock block) {
        return (int) (hash(CHECKSUM_SEED, block) >>> 32);
    }

    private static long hash(long seed, HeldBlock block) {
        long hash = mix(seed + (((long) block.place() << 32) | Integer.toUnsignedLong(block.uid())));
        hash = mix(hash + block.map());
        return mix(hash + Integer.toUnsignedLong(block.form()));
    }

    /** The finalizer of splitmix64 (Steele, Lea and Flood, 2014). */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
