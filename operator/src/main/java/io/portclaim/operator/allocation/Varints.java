package io.portclaim.operator.allocation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Numbers in as few bytes as they need: 7 bits in each, the lowest first, the top bit set in all but the last. */
final class Varints {
    private Varints() {}

    /** Writes {@code value}, 0 or more. */
    static void write(ByteArrayOutputStream out, long value) {
        long rest = value;
        while (rest >= 0x80) {
            out.write(((int) rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    /**
     * Reads a number.
     *
     * @param max the largest that is valid, below 2^42
     * @param what names the number in the error
     * @throws IllegalArgumentException if {@code in} ends too early or the number is larger than {@code max}
     */
    static long read(ByteBuffer in, long max, String what) {
        long value = 0;
        for (int shift = 0; shift < 42; shift += 7) {
            if (!in.hasRemaining()) {
                throw new IllegalArgumentException("the bytes end before " + what);
            }
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                if (value > max) {
                    throw new IllegalArgumentException("%s is %d, the most is %d".formatted(what, value, max));
                }
                return value;
            }
        }
        throw new IllegalArgumentException(what + " is too long a number");
    }

    /** Throws an {@link IllegalArgumentException} unless {@code in} has been read to its end. */
    static void end(ByteBuffer in) {
        if (in.hasRemaining()) {
            throw new IllegalArgumentException("%d bytes too many".formatted(in.remaining()));
        }
    }
}
