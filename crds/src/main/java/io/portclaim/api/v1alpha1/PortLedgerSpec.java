package io.portclaim.api.v1alpha1;

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
public record PortLedgerSpec(
        Integer format,
        String commitId,
        String lease,
        String holder,
        @Nullable String data) {}
