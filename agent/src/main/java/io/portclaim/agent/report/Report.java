package io.portclaim.agent.report;

import io.portclaim.ports.PortSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The status of a PortReport, without the time at which it was written.
 *
 * @param ephemeralRange such as {@code 32768-60999}
 * @param reservedPorts a comma list; null for none
 * @param unprivilegedPortStart 0 to 65536
 * @param ephemeralPorts 0 to 65536
 * @param connectionsPerSecond what lasts toward one destination
 * @param tcp where processes listen, a comma list; null for nowhere
 * @param udp likewise
 * @param reporter who writes this
 * @param pressure the condition
 */
public record Report(
        String ephemeralRange,
        @Nullable String reservedPorts,
        int unprivilegedPortStart,
        int ephemeralPorts,
        int connectionsPerSecond,
        @Nullable String tcp,
        @Nullable String udp,
        Reporter reporter,
        Pressure pressure) {

    /**
     * The pod that writes a report.
     *
     * @param namespace its namespace
     * @param name its name
     * @param uid its UID
     */
    public record Reporter(String namespace, String name, String uid) {}

    /** What the kernel had to lend when it was written. */
    public PortSet lendable() {
        return ports(ephemeralRange).minus(ports(reservedPorts));
    }

    /** Where processes listened, by TCP. */
    public PortSet tcpListening() {
        return ports(tcp);
    }

    /** Where processes listened, by UDP. */
    public PortSet udpListening() {
        return ports(udp);
    }

    /** The definition of PortReport lets somebody write 70000; an agent would not. */
    private static PortSet ports(@Nullable String list) {
        try {
            return list == null ? PortSet.EMPTY : PortSet.parse(list);
        } catch (IllegalArgumentException e) {
            return PortSet.EMPTY;
        }
    }

    /** Whether it says the same, in what is worth a write: a message's figures are not. */
    public boolean saysTheSameAs(Report other) {
        return ephemeralRange.equals(other.ephemeralRange)
                && Objects.equals(reservedPorts, other.reservedPorts)
                && unprivilegedPortStart == other.unprivilegedPortStart
                && ephemeralPorts == other.ephemeralPorts
                && connectionsPerSecond == other.connectionsPerSecond
                && Objects.equals(tcp, other.tcp)
                && Objects.equals(udp, other.udp)
                && reporter.uid().equals(other.reporter.uid())
                && reporter.name().equals(other.reporter.name())
                && reporter.namespace().equals(other.reporter.namespace())
                && Objects.equals(pressure.destination(), other.pressure.destination());
    }

    /** The same, with the condition dating from when {@code standing} has it, unless it has come or gone since. */
    public Report datedLike(Report standing) {
        if (pressure.holds() != standing.pressure.holds()) {
            return this;
        }
        return new Report(
                ephemeralRange,
                reservedPorts,
                unprivilegedPortStart,
                ephemeralPorts,
                connectionsPerSecond,
                tcp,
                udp,
                reporter,
                new Pressure(
                        pressure.destination(),
                        pressure.message(),
                        standing.pressure.since().isEmpty() ? pressure.since() : standing.pressure.since()));
    }
}
