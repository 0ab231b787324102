package io.portclaim.operator.allocation;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How many slots hold each number of each protocol: the ledger keeps it, so that a new leader notices when a holder is
 * missing even where a {@link HeldSketch} does not say which. Immutable, safe for use by several threads.
 */
public final class HeldCounts {
    /** Nothing held. */
    public static final HeldCounts NONE = new Builder().build();

    /** The counts from {@code first} on; neither the first nor the last of them is 0. */
    private static final class Row {
        private final int first;
        private final int[] counts;

        Row(int first, int[] counts) {
            this.first = first;
            this.counts = counts;
        }

        int of(int port) {
            return port < first || port - first >= counts.length ? 0 : counts[port - first];
        }

        int held() {
            return (int) Arrays.stream(counts).filter(count -> count > 0).count();
        }

        boolean isSame(@Nullable Row other) {
            return other != null && first == other.first && Arrays.equals(counts, other.counts);
        }
    }

    /** Is called with how many slots of a number are missing. */
    @FunctionalInterface
    public interface MissingVisitor {
        /**
         * Is called once for a number of a protocol.
         *
         * @param missing how many slots are missing, at least 1
         */
        void missing(Protocol protocol, int port, int missing);
    }

    /** Gathers counts. Not thread-safe. */
    public static final class Builder {
        private final Map<Protocol, int[]> counts = new EnumMap<>(Protocol.class);

        /**
         * Adds {@code count} slots that hold {@code port}.
         *
         * @param count at least 1
         * @throws IllegalArgumentException if port or count is none
         * @throws ArithmeticException if a number is held by more than 2^31 - 1 slots
         */
        public Builder add(Protocol protocol, int port, int count) {
            if (port < 1 || port > PortRange.MAX_PORT || count < 1) {
                throw new IllegalArgumentException("%d slots can't hold %d/%s".formatted(count, port, protocol));
            }
            int[] row = counts.computeIfAbsent(protocol, key -> new int[port + 1]);
            if (port >= row.length) {
                row = Arrays.copyOf(row, Math.min(PortRange.MAX_PORT + 1, Math.max(port + 1, 2 * row.length)));
                counts.put(protocol, row);
            }
            row[port] = Math.addExact(row[port], count);
            return this;
        }

        /** Adds every slot of {@code assignment}. */
        public Builder add(Assignment assignment) {
            assignment.forEachSlot(slot -> add(slot.protocol(), slot.port(), 1));
            return this;
        }

        /** What was added so far. */
        public HeldCounts build() {
            Map<Protocol, Row> rows = new EnumMap<>(Protocol.class);
            counts.forEach((protocol, row) -> rows.put(protocol, trimmed(row)));
            return new HeldCounts(rows);
        }

        private static Row trimmed(int[] row) {
            int first = 0;
            while (row[first] == 0) {
                first++;
            }
            int end = row.length;
            while (row[end - 1] == 0) {
                end--;
            }
            return new Row(first, Arrays.copyOfRange(row, first, end));
        }
    }

    /** By protocol; a protocol that nobody holds a number of has no row. */
    private final Map<Protocol, Row> rows;

    private HeldCounts(Map<Protocol, Row> rows) {
        this.rows = rows;
    }

    /** How many slots hold {@code port}. */
    public int of(Protocol protocol, int port) {
        Row row = rows.get(protocol);
        return row == null ? 0 : row.of(port);
    }

    /** Whether a slot holds {@code port}. */
    public boolean isHeld(Protocol protocol, int port) {
        return of(protocol, port) > 0;
    }

    /** Whether nothing is held. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Calls {@code visitor} with every number that fewer slots hold in {@code now} than here, ascending by protocol. */
    public void missingFrom(HeldCounts now, MissingVisitor visitor) {
        rows.forEach((protocol, row) -> {
            for (int port = row.first; port < row.first + row.counts.length; port++) {
                int missing = row.of(port) - now.of(protocol, port);
                if (missing > 0) {
                    visitor.missing(protocol, port, missing);
                }
            }
        });
    }

    /**
     * The counts in bytes, all varints: how many protocols; of each its number in the IP header, how many ports are held, and
     * of each port, ascending, how far it is from the one before (or from 0) and how many slots hold it.
     */
    public byte[] toBytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Varints.write(out, rows.size());
        rows.forEach((protocol, row) -> {
            Varints.write(out, protocol.number());
            Varints.write(out, row.held());
            int before = 0;
            for (int port = row.first; port < row.first + row.counts.length; port++) {
                if (row.of(port) > 0) {
                    Varints.write(out, port - before);
                    Varints.write(out, row.of(port));
                    before = port;
                }
            }
        });
        return out.toByteArray();
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static HeldCounts of(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        Builder builder = new Builder();
        long protocols = Varints.read(in, Protocol.values().length, "the number of protocols");
        for (int i = 0; i < protocols; i++) {
            Protocol protocol = protocol((int) Varints.read(in, 255, "a protocol"));
            if (builder.counts.containsKey(protocol)) {
                throw new IllegalArgumentException(protocol + " comes twice");
            }
            read(protocol, in, builder);
        }
        Varints.end(in);
        return builder.build();
    }

    private static void read(Protocol protocol, ByteBuffer in, Builder builder) {
        long held = Varints.read(in, PortRange.MAX_PORT, "the number of ports");
        if (held == 0) {
            throw new IllegalArgumentException(protocol + " has no port");
        }
        int port = 0;
        for (int i = 0; i < held; i++) {
            int gap = (int) Varints.read(in, PortRange.MAX_PORT - port, "the distance to the next port");
            if (gap == 0) {
                throw new IllegalArgumentException("port %d comes twice".formatted(port));
            }
            port += gap;
            builder.add(protocol, port, (int) Varints.read(in, Integer.MAX_VALUE, "the number of slots"));
        }
    }

    private static Protocol protocol(int number) {
        return Arrays.stream(Protocol.values())
                .filter(protocol -> protocol.number() == number)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no protocol has the number " + number));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof HeldCounts held
                        && rows.keySet().equals(held.rows.keySet())
                        && rows.entrySet().stream()
                                .allMatch(entry -> entry.getValue().isSame(held.rows.get(entry.getKey()))));
    }

    @Override
    public int hashCode() {
        return rows.values().stream()
                .mapToInt(row -> 31 * row.first + Arrays.hashCode(row.counts))
                .sum();
    }

    /** The numbers and how many slots hold each, as {@code TCP[21000=2]}, for messages. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        rows.forEach((protocol, row) -> text.append(text.isEmpty() ? "" : ", ")
                .append(protocol)
                .append(IntStream.range(row.first, row.first + row.counts.length)
                        .filter(port -> row.of(port) > 0)
                        .mapToObj(port -> port + "=" + row.of(port))
                        .toList()));
        return text.toString();
    }
}
