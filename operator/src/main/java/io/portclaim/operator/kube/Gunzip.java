package io.portclaim.operator.kube;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;

/**
 * Unpacks gzip (RFC 1952) piece by piece as it arrives, as the API server's HTTP compression writes it: one member, whose header has
 * no optional fields. Not thread-safe. It has memory outside the heap until its end was seen, or it is closed.
 */
final class Gunzip implements AutoCloseable {
    private static final int HEADER = 10;
    /** A piece may unpack to a thousand times its size, so what comes out is handed on in parts of this many bytes. */
    private static final int PART = 1 << 16;

    private final Inflater inflater = new Inflater(true);
    private final byte[] header = new byte[HEADER];
    private final byte[] part = new byte[PART];
    private int headerRead;
    private boolean isFinished;

    /** Takes what was unpacked. */
    interface Sink {
        /** Takes one part. */
        void accept(byte[] part) throws IOException;
    }

    /** Whether a body that begins with {@code first} is gzip; JSON never begins so. */
    static boolean begins(byte first) {
        return first == 0x1f;
    }

    /** {@code body}, unpacked where it is gzip. */
    static byte[] whole(byte[] body) throws IOException {
        if (body.length == 0 || !begins(body[0])) {
            return body;
        }
        try (InputStream unpacked = new GZIPInputStream(new ByteArrayInputStream(body))) {
            return unpacked.readAllBytes();
        }
    }

    /**
     * Unpacks the next piece into {@code sink}.
     *
     * @throws IOException when that is no gzip, or one of another form
     */
    void feed(byte[] piece, Sink sink) throws IOException {
        if (isFinished) {
            // What follows is the checksum, which may come in a piece of its own.
            return;
        }
        int from = Math.min(HEADER - headerRead, piece.length);
        System.arraycopy(piece, 0, header, headerRead, from);
        headerRead += from;
        if (headerRead < HEADER) {
            return;
        }
        if (header[1] != (byte) 0x8b || header[2] != 8 || header[3] != 0) {
            throw new IOException("the answer is no gzip without optional fields");
        }
        inflater.setInput(piece, from, piece.length - from);
        try {
            for (int size = inflater.inflate(part); size > 0; size = inflater.inflate(part)) {
                sink.accept(Arrays.copyOf(part, size));
            }
        } catch (DataFormatException e) {
            throw new IOException("the answer is no gzip", e);
        }
        isFinished = inflater.finished();
        if (isFinished) {
            close();
        }
    }

    /** Whether its end was seen; the checksum after it is not looked at, as TLS has one. */
    boolean isFinished() {
        return isFinished;
    }

    @Override
    public void close() {
        inflater.end();
    }
}
