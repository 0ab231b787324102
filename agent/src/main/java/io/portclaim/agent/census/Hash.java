package io.portclaim.agent.census;

/** Hashes of keys that are longs. */
final class Hash {
    // Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014: the mixer of SplittableRandom.
    private static final long FIRST = 0xBF58476D1CE4E5B9L;
    private static final long SECOND = 0x94D049BB133111EBL;

    private Hash() {}

    static long of(long a, long b, long c, long d, long e) {
        return mix(mix(mix(mix(mix(a) ^ b) ^ c) ^ d) ^ e);
    }

    static int fold(long hash) {
        return (int) (hash ^ (hash >>> 32));
    }

    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * FIRST;
        z = (z ^ (z >>> 27)) * SECOND;
        return z ^ (z >>> 31);
    }
}
