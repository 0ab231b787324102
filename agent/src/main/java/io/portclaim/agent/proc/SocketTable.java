package io.portclaim.agent.proc;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads {@code /proc/net/tcp}, {@code tcp6}, {@code udp} and {@code udp6} (the kernel's
 * Documentation/networking/proc_net_tcp.rst), byte by byte into one row, so that its memory does not depend on how many
 * sockets there are. For one thread.
 */
public final class SocketTable {
    // A row is 150 bytes long for IPv4 and some 200 for IPv6; what is needed of it comes first.
    private static final int ROW_BYTES = 256;
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int WORD_DIGITS = 8;
    private static final int IPV6_DIGITS = 4 * WORD_DIGITS;
    private static final long IPV4_MAPPED = 0xFFFFL << 32;
    private static final long WORD = 0xFFFFFFFFL;
    // tx_queue:rx_queue, tr:tm->when, retrnsmt stand between a row's state and its user.
    private static final int WORDS_BEFORE_UID = 3;

    private final boolean swapped;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final byte[] line = new byte[ROW_BYTES];
    private final SocketRow row = new SocketRow();
    private int length;
    private int at;
    private long high;
    private long low;

    /**
     * A reader.
     *
     * @param order the machine's, for the kernel prints addresses as words of its memory
     */
    public SocketTable(ByteOrder order) {
        this.swapped = order == ByteOrder.LITTLE_ENDIAN;
    }

    /**
     * Reads a whole table.
     *
     * @throws IOException if it can't be read, or a row is none
     */
    public void read(InputStream in, SocketSink sink) throws IOException {
        length = 0;
        boolean heading = true;
        for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
            for (int i = 0; i < count; i++) {
                byte next = buffer[i];
                if (next != '\n') {
                    if (length < ROW_BYTES) {
                        line[length++] = next;
                    }
                } else {
                    if (!heading) {
                        parse();
                        sink.accept(row);
                    }
                    heading = false;
                    length = 0;
                }
            }
        }
    }

    private void parse() throws IOException {
        at = 0;
        try {
            skipWord();
            skipBlanks();
            int digits = address();
            row.localHigh = high;
            row.localLow = low;
            row.localPort = afterColon();
            skipBlanks();
            if (address() != digits) {
                throw new IllegalArgumentException("its addresses are of two families");
            }
            row.remoteHigh = high;
            row.remoteLow = low;
            row.remotePort = afterColon();
            skipBlanks();
            row.state = TcpState.of((int) hex(2));
            for (int i = 0; i < WORDS_BEFORE_UID; i++) {
                skipWord();
            }
            row.uid = decimal();
            skipWord();
            row.inode = decimal();
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new IOException(
                    "this is no row of a table of sockets: \"" + new String(line, 0, length, StandardCharsets.US_ASCII)
                            + "\" (" + e.getMessage() + ")",
                    e);
        }
    }

    /** Reads 8 or 32 digits into {@link #high} and {@link #low}; the result says which. */
    private int address() {
        int end = at;
        while (line[end] != ':') {
            end++;
        }
        int digits = end - at;
        if (digits == WORD_DIGITS) {
            high = 0;
            low = IPV4_MAPPED | word();
        } else if (digits == IPV6_DIGITS) {
            high = (word() << 32) | word();
            low = (word() << 32) | word();
        } else {
            throw new IllegalArgumentException("an address has " + WORD_DIGITS + " digits or " + IPV6_DIGITS);
        }
        return digits;
    }

    private long word() {
        int value = (int) hex(WORD_DIGITS);
        return (swapped ? Integer.reverseBytes(value) : value) & WORD;
    }

    private int afterColon() {
        at++;
        return (int) hex(4);
    }

    private long hex(int digits) {
        long value = 0;
        for (int i = 0; i < digits; i++) {
            value = (value << 4) | digit(line[at++]);
        }
        return value;
    }

    private static int digit(byte character) {
        int digit = Character.digit(character, 16);
        if (digit < 0) {
            throw new IllegalArgumentException("a digit is missing");
        }
        return digit;
    }

    private long decimal() {
        skipBlanks();
        long value = 0;
        int first = at;
        while (at < length && line[at] >= '0' && line[at] <= '9') {
            value = value * 10 + (line[at++] - '0');
        }
        if (at == first) {
            throw new IllegalArgumentException("a number is missing");
        }
        return value;
    }

    private void skipWord() {
        skipBlanks();
        while (at < length && line[at] != ' ') {
            at++;
        }
    }

    private void skipBlanks() {
        while (at < length && line[at] == ' ') {
            at++;
        }
    }
}
