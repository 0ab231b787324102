package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;

/**
 * Why a claim does not get what it asks for.
 *
 * @param reason a stable word
 * @param message what was wrong, where, and what would work; it names no object of another namespace
 */
public record Refusal(Reason reason, String message) {}
