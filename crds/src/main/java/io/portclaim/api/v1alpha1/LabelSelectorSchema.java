package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The schema of a label selector: what {@link io.fabric8.kubernetes.api.model.LabelSelector} leaves out, descriptions and
 * bounds. Only the schema is made from it; values are read as that class.
 *
 * @param matchLabels labels with their values, all of which must match
 * @param matchExpressions requirements, all of which must match
 */
record LabelSelectorSchema(
        @JsonPropertyDescription(
                "Labels and the values they must have; all of them must match. Example: {pool: games}.")
        @Nullable
        @Size(max = 64)
        Map<String, @Size(max = 63) String> matchLabels,

        @JsonPropertyDescription("Requirements on labels; all of them must match, and matchLabels too.")
        @Nullable
        @Size(max = 64)
        List<Requirement> matchExpressions) {

    /** How a requirement compares. */
    enum Operator {
        @JsonProperty("In")
        IN,
        @JsonProperty("NotIn")
        NOT_IN,
        @JsonProperty("Exists")
        EXISTS,
        @JsonProperty("DoesNotExist")
        DOES_NOT_EXIST
    }

    /**
     * One requirement on a label.
     *
     * @param key the label
     * @param operator how to compare
     * @param values what to compare with
     */
    @ValidationRule(
            value = "(self.operator in ['In', 'NotIn']) == (size(self.?values.orValue([])) > 0)",
            message = "In and NotIn need values to compare with; Exists and DoesNotExist take none")
    record Requirement(
            @JsonPropertyDescription("The label's key. Example: topology.kubernetes.io/zone.")
            @Required
            @Size(max = 317)
            String key,

            @JsonPropertyDescription(
                    "How the label is compared: In, NotIn (its value is, or is not, one of values), Exists or"
                            + " DoesNotExist (the label is, or is not, there; takes no values).")
            @Required
            Operator operator,

            @JsonPropertyDescription("The values that In and NotIn compare with. Example: [eu-1a, eu-1b].")
            @Nullable
            @Size(max = 64)
            List<@Size(max = 63) String> values) {}
}
