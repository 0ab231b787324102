package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's content.
 *
 * @param format version of the data's encoding; an operator never overwrites one it does not know
 * @param commitId a random id of the last commit; the next commit tests it
 * @param lease the Lease that rules, as {@code namespace/name}
 * @param holder the identity of the operator that wrote last
 * @param data the deflated, Base64-encoded content
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortLedgerSpec(
        @JsonPropertyDescription(
                "Version of the encoding of data, from 1. An operator never overwrites a version that it does not"
                        + " know.")
        @Required
        @Min(1)
        Integer format,

        @JsonPropertyDescription(
                "Random ID of the last commit. The next commit tests it, so that another writer is detected.")
        @Required
        @Size(min = 1, max = 64)
        String commitId,

        @JsonPropertyDescription(
                "The Lease whose holder may write here, as namespace/name. Example: portclaim-system/portclaim.")
        @Required
        @Size(min = 3, max = 317)
        String lease,

        @JsonPropertyDescription("Identity of the operator that wrote last: its pod's name and a random part.")
        @Required
        @Size(min = 1, max = 317)
        String holder,

        @JsonPropertyDescription(
                "The content, deflated and in Base64, at most 600 kB: assignments that are being published, released"
                        + " ports that are blocked or cooling, and where each pool continues. For the operator"
                        + " only.")
        @Size(max = 600_000)
        @Nullable
        String data) {}
