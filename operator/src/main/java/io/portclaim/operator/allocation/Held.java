package io.portclaim.operator.allocation;

/**
 * What claims held at one moment, small enough for every commit: what is held later can be distinguished from it.
 *
 * @param counts how many slots of each number
 * @param sketch which blocks, by place and claim; can be read where not too many are missing
 */
public record Held(HeldCounts counts, HeldSketch sketch) {
    /** Nothing. */
    public static final Held NOTHING = new Held(HeldCounts.NONE, new HeldSketch());
}
