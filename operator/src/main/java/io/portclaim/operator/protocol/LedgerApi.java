package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortLedgerSpec;
import java.io.IOException;
import java.util.Optional;

/**
 * The one PortLedger in the API server. An implementation must not retry a write by itself, and must give up far sooner than
 * a lease lasts: a repeated compare-and-swap whose first answer got lost looks like a conflict. Thread-safe.
 */
public interface LedgerApi {
    /**
     * The ledger as it stands.
     *
     * @param resourceVersion its version
     * @param spec its content
     */
    record Stored(String resourceVersion, PortLedgerSpec spec) {
        /** Who wrote it, for people. */
        String author() {
            return "%s with the Lease %s".formatted(spec.holder(), spec.lease());
        }
    }

    /** What became of a write. */
    sealed interface Outcome {
        /**
         * It was carried out.
         *
         * @param resourceVersion the ledger's version after it
         */
        record Written(String resourceVersion) implements Outcome {}

        /**
         * The ledger was not as expected. (Or this very write had been carried out before and its answer was lost.)
         *
         * @param why the API server's words
         */
        record Refused(String why) implements Outcome {}

        /**
         * Nobody knows: it may have been carried out, may not, or may be later.
         *
         * @param why what went wrong
         */
        record Unknown(String why) implements Outcome {}
    }

    /**
     * Reads the ledger from the quorum; empty when there is none.
     *
     * @throws IOException when it can't be read now
     */
    Optional<Stored> read() throws IOException;

    /** Makes the ledger, where there is none. */
    Outcome create(PortLedgerSpec spec);

    /**
     * Replaces the content if the ledger is still the one that {@code expectedVersion} and {@code expectedCommit} describe.
     * The commit id is tested beside the version because an etcd that was restored from a backup gives the same versions out
     * again.
     */
    Outcome replace(String expectedVersion, String expectedCommit, PortLedgerSpec spec);
}
