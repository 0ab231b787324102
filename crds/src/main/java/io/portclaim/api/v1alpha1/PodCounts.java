package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/**
 * The pods of a claim of scope Pod. The figures may be seconds old.
 *
 * @param served how many hold ports
 * @param waiting how many wait for ports
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PodCounts(
        @JsonPropertyDescription("How many of the claim's pods hold ports.") @Required @Min(0)
        Integer served,

        @JsonPropertyDescription("How many of the claim's pods wait for ports.") @Required @Min(0)
        Integer waiting) {}
