package io.portclaim.agent.census;

/**
 * What is used toward one destination from one local address. The kernel can lend each of its ports once to such a pair, so
 * this is where ports run out.
 *
 * @param localAddress from where
 * @param remoteAddress where to
 * @param remotePort where to, 1 to 65535
 * @param used ports in use, at least; exact as long as there are no more than {@link Census#DESTINATIONS} destinations
 * @param timeWait how many of them in TIME_WAIT
 * @param established how many in ESTABLISHED
 * @param closeWait how many in CLOSE_WAIT
 */
public record Destination(
        String localAddress,
        String remoteAddress,
        int remotePort,
        int used,
        int timeWait,
        int established,
        int closeWait) {

    /** {@code 10.0.0.9:443 from 10.0.0.5}: three words, the same for the same pair. */
    public String name() {
        boolean ipv6 = remoteAddress.indexOf(':') >= 0;
        return (ipv6 ? "[" + remoteAddress + "]" : remoteAddress) + ":" + remotePort + " from " + localAddress;
    }
}
