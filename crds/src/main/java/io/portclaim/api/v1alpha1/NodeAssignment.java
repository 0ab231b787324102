package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim holds on some nodes.
 *
 * @param names the nodes, sorted
 * @param ports the ports it holds on each of them; empty where it has none yet
 * @param message why there are none, or what is wrong with them
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record NodeAssignment(
        @JsonPropertyDescription("The nodes, sorted, at most 5000. Example: [node-a, node-b].")
        @Required
        @Size(min = 1, max = 5000)
        List<@Size(max = 253) String> names,

        @JsonPropertyDescription("The ports that the claim holds on each of these nodes; empty if it holds none yet.")
        @Size(max = 64)
        @Nullable
        List<AssignedPort> ports,

        @JsonPropertyDescription("Why no ports are assigned on these nodes yet, or what is wrong with the ports.")
        @Size(max = 4096)
        @Nullable
        String message) {}
