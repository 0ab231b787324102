package io.portclaim.operator.protocol;

/** What may be left out of the protocol, to see that it is missed. */
enum Guard {
    /** No status write on news that is newer than the last successful ledger write. */
    PASS,
    /** What the ledger holds and no status says is published by the next leader. */
    REPLAY,
    /** First the fence, then the list. */
    FENCE_THEN_LIST,
    /** What is committed is published, also when it is no longer wanted. */
    THROUGH,
    /** Nothing is published before it is committed. */
    COMMIT,
    /** A status write carries the version that it was decided on. */
    VERSION
}
