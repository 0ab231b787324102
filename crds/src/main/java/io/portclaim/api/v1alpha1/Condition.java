package io.portclaim.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * A fact about an object, as {@code metav1.Condition}.
 *
 * @param type what it is about
 * @param status True, False or Unknown
 * @param observedGeneration the generation of the spec it speaks of
 * @param lastTransitionTime when status last changed, RFC 3339
 * @param reason a stable word for programs
 * @param message what was wrong, where, and what would work, for people
 */
public record Condition(
        String type,
        String status,
        @Nullable Long observedGeneration,
        String lastTransitionTime,
        String reason,
        String message) {}
