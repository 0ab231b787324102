package io.portclaim.agent.proc;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;

/**
 * A network namespace's settings for ports (the kernel's Documentation/networking/ip-sysctl.rst). They hold for TCP and
 * UDP, IPv4 and IPv6.
 *
 * @param ephemeral {@code ip_local_port_range}
 * @param reserved {@code ip_local_reserved_ports}
 * @param unprivilegedStart {@code ip_unprivileged_port_start}, 0 to 65536
 */
public record Sysctls(PortRange ephemeral, PortSet reserved, int unprivilegedStart) {
    /**
     * Reads the three files' texts.
     *
     * @throws IllegalArgumentException when one is not what the kernel writes; the message names the file and its text
     */
    public static Sysctls parse(String range, String reserved, String unprivilegedStart) {
        return new Sysctls(range(range.strip()), reserved(reserved.strip()), start(unprivilegedStart.strip()));
    }

    /** The ports that the kernel chooses from for an outgoing connection. */
    public PortSet lendable() {
        return PortSet.of(ephemeral).minus(reserved);
    }

    private static PortRange range(String text) {
        int gap = 0;
        while (gap < text.length() && text.charAt(gap) > ' ') {
            gap++;
        }
        try {
            return new PortRange(
                    Integer.parseInt(text.substring(0, gap)),
                    Integer.parseInt(text.substring(gap).strip()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("ip_local_port_range says \"" + text + "\", not two ports", e);
        }
    }

    private static PortSet reserved(String text) {
        try {
            return PortSet.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "ip_local_reserved_ports says \"" + text + "\", not ports and ranges, separated by commas", e);
        }
    }

    private static int start(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("ip_unprivileged_port_start says \"" + text + "\", not a port", e);
        }
    }
}
