package io.portclaim.operator.protocol;

/** The ledger can't be taken over now: an operator with another Lease leads, or its data is of a later version. */
public final class RuledByOther extends Exception {
    private static final long serialVersionUID = 1L;

    /** With who rules, and what would change it. */
    public RuledByOther(String message) {
        super(message);
    }
}
