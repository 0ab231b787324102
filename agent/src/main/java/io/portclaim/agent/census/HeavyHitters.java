package io.portclaim.agent.census;

import java.util.Arrays;

/**
 * Counts how often keys occur, with memory for {@code capacity} of them (Space-Saving: Metwally, Agrawal, El Abbadi,
 * "Efficient computation of frequent and top-k elements in data streams", 2005). As long as no more keys occur, counts are
 * exact. After that a new key takes the place of the rarest, and inherits its count as a possible error; a key that occurs
 * more than n / capacity times among n is always in it. A key is five longs. For one thread.
 */
final class HeavyHitters {
    static final int KEY_LONGS = 5;
    /** How many sub-counts each key has. */
    static final int TALLIES = 3;

    private final int capacity;
    private final long[] keys;
    private final int[] counts;
    private final int[] errors;
    private final int[] tallies;
    private final int[] hashes;
    /** Slots as a binary heap, the rarest first; and where in it each slot stands. */
    private final int[] heap;

    private final int[] places;
    /** A hash table with linear probing; 0 for an empty cell, else the slot plus 1. */
    private final int[] cells;

    private final int mask;
    private int size;

    HeavyHitters(int capacity) {
        this.capacity = capacity;
        this.keys = new long[capacity * KEY_LONGS];
        this.counts = new int[capacity];
        this.errors = new int[capacity];
        this.tallies = new int[capacity * TALLIES];
        this.hashes = new int[capacity];
        this.heap = new int[capacity];
        this.places = new int[capacity];
        this.mask = Integer.highestOneBit(capacity) * 4 - 1;
        this.cells = new int[mask + 1];
    }

    void clear() {
        size = 0;
        Arrays.fill(cells, 0);
    }

    /** Counts one; the result is the slot that the key has until the next call. */
    int add(long a, long b, long c, long d, long e) {
        int hash = Hash.fold(Hash.of(a, b, c, d, e));
        int cell = hash & mask;
        while (cells[cell] != 0) {
            int slot = cells[cell] - 1;
            if (hashes[slot] == hash && holds(slot, a, b, c, d, e)) {
                counts[slot]++;
                sink(places[slot]);
                return slot;
            }
            cell = (cell + 1) & mask;
        }
        int slot = size < capacity ? appended() : replaced();
        put(slot, a, b, c, d, e, hash);
        sink(places[slot]);
        return slot;
    }

    private int appended() {
        int slot = size++;
        counts[slot] = 1;
        errors[slot] = 0;
        Arrays.fill(tallies, slot * TALLIES, (slot + 1) * TALLIES, 0);
        heap[slot] = slot;
        places[slot] = slot;
        rise(slot);
        return slot;
    }

    private int replaced() {
        int slot = heap[0];
        remove(slot);
        errors[slot] = counts[slot];
        counts[slot]++;
        Arrays.fill(tallies, slot * TALLIES, (slot + 1) * TALLIES, 0);
        return slot;
    }

    private boolean holds(int slot, long a, long b, long c, long d, long e) {
        int at = slot * KEY_LONGS;
        return keys[at] == a && keys[at + 1] == b && keys[at + 2] == c && keys[at + 3] == d && keys[at + 4] == e;
    }

    private void put(int slot, long a, long b, long c, long d, long e, int hash) {
        int at = slot * KEY_LONGS;
        keys[at] = a;
        keys[at + 1] = b;
        keys[at + 2] = c;
        keys[at + 3] = d;
        keys[at + 4] = e;
        hashes[slot] = hash;
        int cell = hash & mask;
        while (cells[cell] != 0) {
            cell = (cell + 1) & mask;
        }
        cells[cell] = slot + 1;
    }

    /** Takes a slot out of the hash table and moves up those that were probed past it (Knuth, TAOCP 3, 6.4, R). */
    private void remove(int slot) {
        int free = hashes[slot] & mask;
        while (cells[free] != slot + 1) {
            free = (free + 1) & mask;
        }
        for (int next = (free + 1) & mask; cells[next] != 0; next = (next + 1) & mask) {
            int home = hashes[cells[next] - 1] & mask;
            if (((next - home) & mask) >= ((next - free) & mask)) {
                cells[free] = cells[next];
                free = next;
            }
        }
        cells[free] = 0;
    }

    private void sink(int from) {
        int place = from;
        int slot = heap[place];
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && counts[heap[child + 1]] < counts[heap[child]]) {
                child++;
            }
            if (counts[heap[child]] >= counts[slot]) {
                break;
            }
            move(heap[child], place);
            place = child;
        }
        move(slot, place);
    }

    private void rise(int from) {
        int place = from;
        int slot = heap[place];
        while (place > 0 && counts[heap[(place - 1) / 2]] > counts[slot]) {
            move(heap[(place - 1) / 2], place);
            place = (place - 1) / 2;
        }
        move(slot, place);
    }

    private void move(int slot, int place) {
        heap[place] = slot;
        places[slot] = place;
    }

    /** Counts one of {@code which} (0 to 2) for the key in {@code slot}. */
    void tally(int slot, int which) {
        tallies[slot * TALLIES + which]++;
    }

    /** A part of the key in {@code slot}. */
    long key(int slot, int part) {
        return keys[slot * KEY_LONGS + part];
    }

    /** How often the key has occurred at least. */
    int count(int slot) {
        return counts[slot] - errors[slot];
    }

    /** How much too low {@link #count} may be. */
    int error(int slot) {
        return errors[slot];
    }

    /** How often {@code which} was tallied since the key is in it. */
    int tallied(int slot, int which) {
        return tallies[slot * TALLIES + which];
    }

    /** The slots of the keys that have occurred most often, at most {@code most}, the commonest first. */
    int[] top(int most) {
        int[] top = new int[Math.min(most, size)];
        int found = 0;
        for (int slot = 0; slot < size; slot++) {
            int place = found;
            while (place > 0 && count(top[place - 1]) < count(slot)) {
                place--;
            }
            if (place < top.length) {
                int end = Math.min(found, top.length - 1);
                System.arraycopy(top, place, top, place + 1, end - place);
                top[place] = slot;
                found = Math.min(found + 1, top.length);
            }
        }
        return top;
    }
}
