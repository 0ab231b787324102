package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * A fact about an object, as {@code metav1.Condition}, with that type's bounds.
 *
 * @param type what it is about
 * @param status True, False or Unknown
 * @param observedGeneration the generation of the spec it speaks of
 * @param lastTransitionTime when status last changed, RFC 3339
 * @param reason a stable word for programs
 * @param message what was wrong, where, and what would work, for people
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Condition(
        @JsonPropertyDescription("What the condition is about. Example: Ready.") @Required @Size(min = 1, max = 316)
        String type,

        @JsonPropertyDescription("Whether it holds: True, False or Unknown.")
        @Required
        @Pattern("^(True|False|Unknown)$")
        String status,

        @JsonPropertyDescription(
                "The metadata.generation that the condition describes. If it is lower than the object's, a later edit"
                        + " has not been processed yet.")
        @Min(0)
        @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("When status last changed, in RFC 3339. Example: 2026-11-23T09:30:00Z.") @Required
        String lastTransitionTime,

        @JsonPropertyDescription("The reason, in one stable word that programs can test. Example: PoolExhausted.")
        @Required
        @Size(min = 1, max = 1024)
        @Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
        String reason,

        @JsonPropertyDescription("What is wrong, where, and what would work, for people; may be empty.")
        @Required
        @Size(max = 32_768)
        String message) {}
