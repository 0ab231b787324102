package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * A claim's status, with the refusals that its conditions were made of, so that nobody has to read them back from its text. The
 * messages are those of the conditions.
 *
 * @param status the status
 * @param waitsFor why the condition Ready is False; null when it is True
 * @param unpublished why the ConfigMap does not have the ports that the claim holds; null when it has them or there are none
 * @param unusable why the condition Usable is False; null when it is not
 */
public record RenderedStatus(
        PortClaimStatus status,
        @Nullable Refusal waitsFor,
        @Nullable Refusal unpublished,
        @Nullable Refusal unusable) {}
