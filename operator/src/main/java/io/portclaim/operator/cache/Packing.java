package io.portclaim.operator.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Makes texts small that resemble a sample: DEFLATE (RFC 1951) with the sample as preset dictionary, so that what stands in the
 * sample takes hardly anything. Thread-safe: texts are packed one after the other, which takes some microseconds each,
 * and unpacked at the same time.
 */
public final class Packing {
    /** DEFLATE refers to what is no farther back than this. */
    private static final int FARTHEST = 1 << 15;
    /** DEFLATE stores what it can't make smaller, in blocks of up to 64 KiB with five bytes each. */
    private static final int LEAST_GROWTH = 64;

    private final byte[] sample;
    /** Each takes 0.3 MB outside the heap, so there is one and not one for each thread. */
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);

    /** As many as threads have ever unpacked at once, 40 kB each; one for all would have each wait for the others. */
    private final Queue<Inflater> inflaters = new ConcurrentLinkedQueue<>();

    /** Packs what resembles {@code sample}, of at most 32 KiB. What is like most texts comes last there: it is nearest. */
    public Packing(String sample) {
        this.sample = sample.getBytes(StandardCharsets.UTF_8);
        if (this.sample.length > FARTHEST) {
            throw new IllegalArgumentException("a sample of %d bytes is too long".formatted(this.sample.length));
        }
    }

    /** {@code text} in few bytes. */
    public byte[] pack(byte[] text) {
        byte[] packed = new byte[Integer.BYTES + text.length + text.length / 1024 + LEAST_GROWTH];
        ByteBuffer.wrap(packed).putInt(text.length);
        synchronized (deflater) {
            deflater.reset();
            deflater.setDictionary(sample);
            deflater.setInput(text);
            deflater.finish();
            int length = deflater.deflate(packed, Integer.BYTES, packed.length - Integer.BYTES);
            if (!deflater.finished()) {
                throw new IllegalStateException("%d bytes do not fit into %d".formatted(text.length, packed.length));
            }
            return Arrays.copyOf(packed, Integer.BYTES + length);
        }
    }

    /**
     * What {@link #pack} made small.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public byte[] unpack(byte[] packed) {
        Inflater inflater = Objects.requireNonNullElseGet(inflaters.poll(), () -> new Inflater(true));
        try {
            return inflated(inflater, packed);
        } finally {
            inflaters.add(inflater);
        }
    }

    private byte[] inflated(Inflater inflater, byte[] packed) {
        byte[] text = new byte[ByteBuffer.wrap(packed).getInt()];
        inflater.reset();
        inflater.setDictionary(sample);
        inflater.setInput(packed, Integer.BYTES, packed.length - Integer.BYTES);
        try {
            int length = 0;
            while (length < text.length && !inflater.needsInput()) {
                length += inflater.inflate(text, length, text.length - length);
            }
            if (length == text.length) {
                return text;
            }
            throw new IllegalArgumentException("%d bytes are there of %d".formatted(length, text.length));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
