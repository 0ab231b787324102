package io.portclaim.operator.metrics;

import io.portclaim.api.v1alpha1.Reason;

/**
 * Claims that are counted together: their Usable condition is False.
 *
 * @param pool the pool that serves them, empty where none does any more
 * @param reason the condition's reason, one of the few stable reasons of the API
 */
public record UnusableClaims(String pool, Reason reason) {}
