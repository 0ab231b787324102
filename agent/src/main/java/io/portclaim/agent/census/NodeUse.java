package io.portclaim.agent.census;

import io.portclaim.agent.proc.Sysctls;
import io.portclaim.agent.proc.TcpState;
import io.portclaim.ports.PortSet;
import java.util.List;

/**
 * What one look has found. Immutable.
 *
 * @param sysctls the settings that it went by
 * @param ephemeralPorts how many ports the kernel has to lend, 0 to 65536
 * @param ephemeralUsed how many of them are in use, by whatever connection or UDP socket
 * @param sockets TCP sockets by state, by {@link TcpState#number}
 * @param tcpListening ports with a TCP socket in LISTEN, and those that an outgoing connection has from before the settings
 *     changed
 * @param udpListening ports with a UDP socket that is connected to nobody, and those that one has from before
 * @param destinations those that most ports are used toward, the first the most
 * @param closeWaitLeaks connections that have been in CLOSE_WAIT for {@link Census#LEAK_MILLIS}
 * @param finWait2Leaks connections that a process has kept in FIN_WAIT2 for so long
 * @param leaks the peers with most of them
 */
public record NodeUse(
        Sysctls sysctls,
        int ephemeralPorts,
        int ephemeralUsed,
        List<Integer> sockets,
        PortSet tcpListening,
        PortSet udpListening,
        List<Destination> destinations,
        int closeWaitLeaks,
        int finWait2Leaks,
        List<Leak> leaks) {

    /** Copies the lists. */
    public NodeUse {
        sockets = List.copyOf(sockets);
        destinations = List.copyOf(destinations);
        leaks = List.copyOf(leaks);
    }

    /** The highest use toward one destination, in ports. */
    public int highestUse() {
        return destinations.isEmpty() ? 0 : destinations.get(0).used();
    }
}
