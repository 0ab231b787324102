package io.portclaim.operator.faults;

import java.time.Duration;

/** A Lease that a leader keeps though its machine stands still for seconds, for tests in which none may be lost by chance. */
final class SteadyLease {
    static final Duration DURATION = Duration.ofSeconds(20);
    static final String[] FLAGS = {
        "--lease-duration=" + DURATION.toSeconds() + "s", "--renew-deadline=16s", "--retry-period=500ms"
    };

    private SteadyLease() {}
}
