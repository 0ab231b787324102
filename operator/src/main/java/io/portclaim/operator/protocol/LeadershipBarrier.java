package io.portclaim.operator.protocol;

/**
 * No write may be based on news that is newer than this leader's last successful ledger write: an old leader that reads again
 * would otherwise overwrite what its successor has published.
 */
@FunctionalInterface
public interface LeadershipBarrier {
    /**
     * Waits until a ledger write that began after this call has succeeded.
     *
     * @throws LeadershipLost when this process no longer leads
     */
    void await();
}
