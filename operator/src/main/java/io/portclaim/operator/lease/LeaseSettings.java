package io.portclaim.operator.lease;

import io.portclaim.operator.options.Options;
import java.time.Duration;

/**
 * How a process stands for election.
 *
 * @param lease by which Lease
 * @param identity its name as a holder, unlike that of any other process, also of an earlier one
 * @param duration how long the Lease holds after a renewal; whole seconds
 * @param renewDeadline how long it tries to renew; less than the duration
 * @param retryPeriod the time between two renewals; less than the renew deadline divided by 2.2
 */
public record LeaseSettings(
        LeaseName lease, String identity, Duration duration, Duration renewDeadline, Duration retryPeriod) {
    /** As the options say; their reader has checked the three times against each other. */
    public static LeaseSettings from(Options options) {
        return new LeaseSettings(
                new LeaseName(options.get(Options.LEASE_NAMESPACE), options.get(Options.LEASE_NAME)),
                options.get(Options.IDENTITY),
                options.get(Options.LEASE_DURATION),
                options.get(Options.RENEW_DEADLINE),
                options.get(Options.RETRY_PERIOD));
    }
}
