package io.portclaim.operator.protocol;

/** Another leader has written the ledger: nothing that was not committed before may be published any more. */
public final class LeadershipLost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what was seen of the other leader. */
    public LeadershipLost(String message) {
        super(message);
    }
}
