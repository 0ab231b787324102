package io.portclaim.operator.allocation;

import java.util.Arrays;

/**
 * Who holds the ports of one protocol at one place, as runs of neighbouring ports with one holder: eight bytes for a run,
 * however long it is, and never more runs than ports. Holders are numbers, see {@link HolderNumbers}.
 *
 * <p>A look-up takes a binary search. A change moves what lies behind it, at most half a megabyte and as a rule nothing,
 * for numbers are given in ascending order.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class HolderRuns {
    /** No holder. */
    static final int NONE = -1;

    /** Ascending; each the first port in the upper 16 bits, then the last one in 16, then the holder in 32. */
    private long[] runs = {};

    private int size;

    /** The holder of {@code port}; {@link #NONE} where it is free. */
    int get(int port) {
        int at = find(port);
        return at >= 0 && port <= last(runs[at]) ? holder(runs[at]) : NONE;
    }

    /** Gives {@code port} to {@code holder}, which is not negative. The port must be free. */
    void set(int port, int holder) {
        int before = find(port);
        int after = before + 1;
        if (before >= 0 && port <= last(runs[before])) {
            throw new IllegalStateException("port %d is held".formatted(port));
        }
        boolean joinsBefore = before >= 0 && last(runs[before]) == port - 1 && holder(runs[before]) == holder;
        boolean joinsAfter = after < size && first(runs[after]) == port + 1 && holder(runs[after]) == holder;
        if (joinsBefore && joinsAfter) {
            runs[before] = run(first(runs[before]), last(runs[after]), holder);
            remove(after);
        } else if (joinsBefore) {
            runs[before] = run(first(runs[before]), port, holder);
        } else if (joinsAfter) {
            runs[after] = run(port, last(runs[after]), holder);
        } else {
            insert(after, run(port, port, holder));
        }
    }

    /** Makes {@code port} free, which must be held. */
    void clear(int port) {
        int at = find(port);
        if (at < 0 || port > last(runs[at])) {
            throw new IllegalStateException("port %d is not held".formatted(port));
        }
        int first = first(runs[at]);
        int last = last(runs[at]);
        int holder = holder(runs[at]);
        if (first == last) {
            remove(at);
        } else if (port == first) {
            runs[at] = run(port + 1, last, holder);
        } else {
            runs[at] = run(first, port - 1, holder);
            if (port < last) {
                insert(at + 1, run(port + 1, last, holder));
            }
        }
    }

    /** Whether every port is free. */
    boolean isEmpty() {
        return size == 0;
    }

    /** How many bytes the runs take. */
    int bytes() {
        return runs.length * Long.BYTES;
    }

    /** The last run that begins at {@code port} or before; -1 where there is none. */
    private int find(int port) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (first(runs[middle]) <= port) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private void insert(int at, long run) {
        if (size == runs.length) {
            resize();
        }
        System.arraycopy(runs, at, runs, at + 1, size - at);
        runs[at] = run;
        size++;
    }

    private void remove(int at) {
        size--;
        System.arraycopy(runs, at + 1, runs, at, size - at);
        if (size < runs.length / 2) {
            resize();
        }
    }

    /** Leaves room for a quarter more than there is: there is a table for each place, and most of them grow no more. */
    private void resize() {
        runs = Arrays.copyOf(runs, size + size / 4 + 1);
    }

    private static long run(int first, int last, int holder) {
        return (long) first << 48 | (long) last << 32 | holder;
    }

    private static int first(long run) {
        return (int) (run >>> 48);
    }

    private static int last(long run) {
        return (int) (run >>> 32) & 0xffff;
    }

    private static int holder(long run) {
        return (int) run;
    }
}
