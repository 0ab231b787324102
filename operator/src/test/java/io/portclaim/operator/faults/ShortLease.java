package io.portclaim.operator.faults;

/** A Lease that a standby does not wait long for, and that a leader on a busy machine may lose: then another one is started. */
final class ShortLease {
    static final String[] FLAGS = {
        "--lease-duration=3s", "--renew-deadline=2s", "--retry-period=500ms", "--ledger-request-timeout=1s"
    };

    private ShortLease() {}
}
