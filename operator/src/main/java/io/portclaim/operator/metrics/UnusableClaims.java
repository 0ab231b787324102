package io.portclaim.operator.metrics;

/**
 * Claims that are counted together: their Usable condition is False.
 *
 * @param pool the pool that serves them, empty where none does any more
 * @param reason the condition's reason, one of the few stable reasons of the API
 */
public record UnusableClaims(String pool, String reason) {}
