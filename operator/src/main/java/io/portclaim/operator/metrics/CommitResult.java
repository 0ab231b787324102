package io.portclaim.operator.metrics;

import java.util.Locale;

/** How one attempt to write the ledger ended. */
public enum CommitResult {
    /** It is durable. */
    COMMITTED,
    /** Another leader wrote before. */
    CONFLICT,
    /** No answer came; the same batch is sent again. */
    UNKNOWN;

    String tag() {
        return name().toLowerCase(Locale.ROOT);
    }
}
