package io.portclaim.operator.cache;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes texts small that resemble a sample: what stands in the sample, or earlier in the text, is replaced by a reference to it. As
 * LZ4, with the sample before the text; the JDK's Deflater takes ten times the time for a text of a kilobyte. Thread-safe.
 */
public final class Packing {
    /** A reference takes three bytes, so what is shorter is not worth one. */
    private static final int SHORTEST = 4;
    /** Of the four bits that a length has in a token; as many and more continue in the bytes that follow. */
    private static final int MORE = 15;

    private static final int FARTHEST = 0xffff;
    private static final int HASH_BITS = 12;

    private final byte[] sample;
    /** By the hash of four bytes, one more than where in the sample they stand; 0: nowhere. */
    private final int[] places = new int[1 << HASH_BITS];

    /** Packs what resembles {@code sample}, of less than 32 KiB. */
    public Packing(String sample) {
        this.sample = sample.getBytes(StandardCharsets.UTF_8);
        if (this.sample.length > FARTHEST / 2) {
            throw new IllegalArgumentException("a sample of %d bytes is too long".formatted(this.sample.length));
        }
        for (int at = 0; at + SHORTEST <= this.sample.length; at++) {
            places[hash(this.sample, at)] = at + 1;
        }
    }

    private static int hash(byte[] bytes, int at) {
        int four = (bytes[at] & 0xff)
                | ((bytes[at + 1] & 0xff) << 8)
                | ((bytes[at + 2] & 0xff) << 16)
                | ((bytes[at + 3] & 0xff) << 24);
        return (four * 0x9E3779B1) >>> (Integer.SIZE - HASH_BITS);
    }

    /** {@code text} in few bytes. */
    public byte[] pack(byte[] text) {
        byte[] all = Arrays.copyOf(sample, sample.length + text.length);
        System.arraycopy(text, 0, all, sample.length, text.length);
        int[] seen = places.clone();
        ByteArrayOutputStream packed = new ByteArrayOutputStream(text.length / 4 + 8);
        writeNumber(packed, text.length);
        int written = sample.length;
        int at = sample.length;
        while (at + SHORTEST <= all.length) {
            int hash = hash(all, at);
            int before = seen[hash] - 1;
            seen[hash] = at + 1;
            int length =
                    before < 0 || at - before > FARTHEST ? 0 : Arrays.mismatch(all, before, at, all, at, all.length);
            if (length < 0) {
                length = Math.min(at - before, all.length - at);
            }
            if (length < SHORTEST) {
                at++;
                continue;
            }
            writePart(packed, all, written, at, at - before, length);
            for (int inside = at + 1; inside < at + length && inside + SHORTEST <= all.length; inside++) {
                seen[hash(all, inside)] = inside + 1;
            }
            at += length;
            written = at;
        }
        writeToken(packed, all.length - written, 0);
        packed.write(all, written, all.length - written);
        return packed.toByteArray();
    }

    private static void writePart(ByteArrayOutputStream packed, byte[] all, int from, int to, int back, int length) {
        writeToken(packed, to - from, length - SHORTEST);
        packed.write(all, from, to - from);
        packed.write(back);
        packed.write(back >>> 8);
        if (length - SHORTEST >= MORE) {
            writeNumber(packed, length - SHORTEST - MORE);
        }
    }

    private static void writeToken(ByteArrayOutputStream packed, int literals, int copied) {
        packed.write(Math.min(literals, MORE) << 4 | Math.min(copied, MORE));
        if (literals >= MORE) {
            writeNumber(packed, literals - MORE);
        }
    }

    private static void writeNumber(ByteArrayOutputStream packed, int number) {
        int rest = number;
        while (rest >= 0x80) {
            packed.write(rest | 0x80);
            rest >>>= 7;
        }
        packed.write(rest);
    }

    /** What {@link #pack} made small. */
    public byte[] unpack(byte[] packed) {
        return new Unpacking(packed).text();
    }

    private final class Unpacking {
        private final byte[] packed;
        private int next;

        Unpacking(byte[] packed) {
            this.packed = packed;
        }

        byte[] text() {
            byte[] text = new byte[number()];
            int at = 0;
            while (true) {
                int token = packed[next++] & 0xff;
                int literals = lengthOf(token >>> 4);
                System.arraycopy(packed, next, text, at, literals);
                next += literals;
                at += literals;
                if (at == text.length) {
                    return text;
                }
                int back = (packed[next++] & 0xff) | ((packed[next++] & 0xff) << 8);
                at = copy(text, at, back, SHORTEST + lengthOf(token & MORE));
            }
        }

        private int copy(byte[] text, int at, int back, int length) {
            int from = at - back;
            for (int i = 0; i < length; i++, from++) {
                text[at + i] = from < 0 ? sample[sample.length + from] : text[from];
            }
            return at + length;
        }

        private int lengthOf(int fourBits) {
            return fourBits < MORE ? fourBits : MORE + number();
        }

        private int number() {
            int number = 0;
            for (int shift = 0; ; shift += 7) {
                byte read = packed[next++];
                number |= (read & 0x7f) << shift;
                if (read >= 0) {
                    return number;
                }
            }
        }
    }
}
