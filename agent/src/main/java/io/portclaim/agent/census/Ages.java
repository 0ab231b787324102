package io.portclaim.agent.census;

import java.util.Arrays;

/**
 * Remembers, from one look to the next, since when things are there, by a hash of 64 bits. It grows up to {@code most}
 * things; of those beyond, none is known to be old. For one thread.
 *
 * <p>One look may miss a thing: the kernel prints /proc/net/tcp in pieces, and finds where it stopped by counting the
 * sockets of a bucket (tcp_seek_last_pos in net/ipv4/tcp_ipv4.c). When one of them ended meanwhile, it passes over another.
 */
final class Ages {
    private static final int FIRST_CELLS = 256;

    private final int most;
    private Table beforeLast = new Table(FIRST_CELLS);
    private Table before = new Table(FIRST_CELLS);
    private Table now = new Table(FIRST_CELLS);
    private long millis;

    Ages(int most) {
        this.most = most;
    }

    /** Begins a look; what neither of the two before has seen is forgotten. */
    void begin(long atMillis) {
        Table swapped = beforeLast;
        beforeLast = before;
        before = now;
        now = swapped;
        now.clear();
        millis = atMillis;
    }

    /** Sees a thing; the result is since how many ms it is seen, with no more than one look without it. */
    long seen(long hash) {
        long key = hash == 0 ? 1 : hash;
        long since = before.get(key, beforeLast.get(key, millis));
        if (now.size < most) {
            now.put(key, since);
        }
        return Math.max(0, millis - since);
    }

    private static final class Table {
        private long[] keys;
        private long[] values;
        private int size;

        Table(int cells) {
            keys = new long[cells];
            values = new long[cells];
        }

        void clear() {
            if (size < keys.length / 16 && keys.length > FIRST_CELLS) {
                keys = new long[keys.length / 2];
                values = new long[keys.length];
            } else {
                Arrays.fill(keys, 0);
            }
            size = 0;
        }

        long get(long key, long otherwise) {
            int cell = cell(key);
            return keys[cell] == key ? values[cell] : otherwise;
        }

        void put(long key, long value) {
            if (2 * size >= keys.length) {
                grow();
            }
            int cell = cell(key);
            if (keys[cell] == 0) {
                size++;
            }
            keys[cell] = key;
            values[cell] = value;
        }

        private void grow() {
            long[] oldKeys = keys;
            long[] oldValues = values;
            keys = new long[2 * oldKeys.length];
            values = new long[keys.length];
            for (int i = 0; i < oldKeys.length; i++) {
                if (oldKeys[i] != 0) {
                    int cell = cell(oldKeys[i]);
                    keys[cell] = oldKeys[i];
                    values[cell] = oldValues[i];
                }
            }
        }

        private int cell(long key) {
            int cell = Hash.fold(key) & (keys.length - 1);
            while (keys[cell] != 0 && keys[cell] != key) {
                cell = (cell + 1) & (keys.length - 1);
            }
            return cell;
        }
    }
}
