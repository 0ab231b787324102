package io.portclaim.operator.metrics;

/**
 * A pool's slots, over all its nodes.
 *
 * @param total all that it may ever give out
 * @param assigned held by claims
 * @param cooling released and not yet reusable
 * @param available free to be given out now; it can be less than the rest, for a slot can be blocked otherwise
 */
public record PoolSlots(long total, long assigned, long cooling, long available) {}
