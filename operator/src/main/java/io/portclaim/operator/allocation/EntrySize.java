package io.portclaim.operator.allocation;

/** How much a decision takes in the ledger until it is published. Implementations are safe for use by several threads. */
@FunctionalInterface
public interface EntrySize {
    /** An upper bound of the bytes that the ledger's entry of {@code decided} takes before it is packed; positive. */
    int of(ClaimAllocation decided);
}
