package io.portclaim.agent.report;

import io.portclaim.agent.census.NodeUse;
import io.portclaim.ports.PortSet;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Turns what the looks find into what a report should say. For one thread. */
public final class Reporting {
    // RFC 9293, section 3.4.2: twice the maximum segment lifetime; Linux has it fixed at 60 s (TCP_TIMEWAIT_LEN).
    private static final int TIME_WAIT_SECONDS = 60;

    private final PressureRule rule;
    private final Clock clock;
    private final Lingering tcp = new Lingering();
    private final Lingering udp = new Lingering();

    /**
     * Begins without a condition.
     *
     * @param comesAtPercent of the ephemeral ports, toward one destination: where EphemeralPortPressure comes
     * @param goesBelowPercent where it goes
     */
    public Reporting(int comesAtPercent, int goesBelowPercent, Clock clock) {
        this.rule = new PressureRule(comesAtPercent, goesBelowPercent);
        this.clock = clock;
    }

    /** Takes up the condition of a report that stands, so that a restart is no change; null for none. */
    public void resume(@Nullable Report standing) {
        if (standing != null && standing.pressure().holds()) {
            rule.resume(standing.pressure().destination());
        }
    }

    /**
     * What the report should say now.
     *
     * @param use what the last look has found
     * @param millis when that was, on a clock that is never set
     */
    public Report of(NodeUse use, long millis, Report.Reporter reporter) {
        // Other ports are lent ones: they come and go.
        PortSet lendable = use.sysctls().lendable();
        return new Report(
                use.sysctls().ephemeral().first() + "-"
                        + use.sysctls().ephemeral().last(),
                PortText.atMost(use.sysctls().reserved()),
                use.sysctls().unprivilegedStart(),
                use.ephemeralPorts(),
                use.ephemeralPorts() / TIME_WAIT_SECONDS,
                PortText.atLeast(tcp.at(use.tcpListening().minus(lendable), millis)),
                PortText.atLeast(udp.at(use.udpListening().minus(lendable), millis)),
                reporter,
                rule.judge(use, clock.instant().truncatedTo(ChronoUnit.SECONDS).toString()));
    }

    /** The destination that a condition's message names. */
    public static String destinationIn(String message) {
        return PressureRule.destinationIn(message);
    }

    /** New connections a second to one destination that last, at 60 s of TIME_WAIT for each. */
    public static double sustainable(int ephemeralPorts) {
        return (double) ephemeralPorts / TIME_WAIT_SECONDS;
    }
}
