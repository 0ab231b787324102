package io.portclaim.agent.census;

import io.portclaim.agent.proc.SocketRow;
import io.portclaim.agent.proc.Sysctls;
import io.portclaim.agent.proc.TcpState;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the sockets of one look after the other: {@link #begin}, each socket, {@link #end}. Only outgoing connections
 * take a port from the ephemeral range: those whose local port is one that the kernel lends and on which nobody listens.
 * For one thread.
 */
public final class Census {
    /** So many destinations are counted exactly; with more, see {@link Destination#used}. */
    public static final int DESTINATIONS = 1024;
    /** From this age on, a connection in CLOSE_WAIT or FIN_WAIT2 counts as leaked: as long as TIME_WAIT lasts. */
    public static final long LEAK_MILLIS = 60_000;

    private static final int PEERS = 256;
    /** More connections than this that wait at the same time are not known to be old. */
    private static final int WAITING = 32_768;

    private static final int TIME_WAIT = 0;
    private static final int ESTABLISHED = 1;
    private static final int CLOSE_WAIT = 2;

    private final int topDestinations;
    private final int topLeaks;
    private final HeavyHitters destinations = new HeavyHitters(DESTINATIONS);
    private final HeavyHitters peers = new HeavyHitters(PEERS);
    private final LeftOver tcpLeftOver = new LeftOver();
    private final LeftOver udpLeftOver = new LeftOver();
    private final Ages ages = new Ages(WAITING);
    private final int[] sockets = new int[TcpState.values().length + 1];
    private final BitSet used = new BitSet();
    private final BitSet udpListening = new BitSet();
    private @Nullable BitSet udpListenedBefore;
    private BitSet udpServersBefore = new BitSet();
    private BitSet udpServersBeforeLast = new BitSet();
    private BitSet tcpListening = new BitSet();
    private BitSet tcpListenedBefore = new BitSet();
    private BitSet lendable = new BitSet();
    private Sysctls sysctls;
    private int closeWaitLeaks;
    private int finWait2Leaks;

    /**
     * A census.
     *
     * @param topDestinations how many destinations a scan reports
     * @param topLeaks how many peers with leaked connections
     * @param sysctls the settings to begin with
     */
    public Census(int topDestinations, int topLeaks, Sysctls sysctls) {
        this.topDestinations = topDestinations;
        this.topLeaks = topLeaks;
        this.sysctls = sysctls;
    }

    /**
     * Takes up, after a look, what an earlier agent has reported, so that ports from its time are held until they are given back.
     * Of those that it listed, the ones without a listener may be such ports from before its own time.
     *
     * @param lent what the kernel had to lend then
     * @param tcp the ports that it listed for TCP
     * @param udp likewise
     * @return whether there is anything that only another scan can show
     */
    public boolean resume(PortSet lent, PortSet tcp, PortSet udp) {
        PortSet lentNow = sysctls.lendable();
        PortSet tcpEarlier = lent.union(tcp.minus(PortSet.copyOf(tcpListening))).minus(lentNow);
        PortSet udpEarlier = lent.union(udp.minus(PortSet.copyOf(udpListening))).minus(lentNow);
        tcpLeftOver.resume(tcpEarlier);
        udpLeftOver.resume(udpEarlier);
        return !tcpEarlier.isEmpty() || !udpEarlier.isEmpty();
    }

    /**
     * Begins a look.
     *
     * @param current the settings as they are now
     * @param atMillis the time, since the epoch
     */
    public void begin(Sysctls current, long atMillis) {
        sysctls = current;
        BitSet lentBefore = lendable;
        lendable = current.lendable().toBitSet();
        tcpLeftOver.begin(lentBefore, lendable);
        udpLeftOver.begin(lentBefore, lendable);
        BitSet swapped = tcpListenedBefore;
        tcpListenedBefore = tcpListening;
        tcpListening = swapped;
        tcpListening.clear();
        udpListening.clear();
        used.clear();
        destinations.clear();
        peers.clear();
        ages.begin(atMillis);
        Arrays.fill(sockets, 0);
        closeWaitLeaks = 0;
        finWait2Leaks = 0;
    }

    /** Counts a TCP socket. The kernel lists those that listen first, of each family. */
    public void tcp(SocketRow row) {
        TcpState state = row.state();
        int port = row.localPort();
        sockets[state.number()]++;
        if (state == TcpState.LISTEN) {
            tcpListening.set(port);
            return;
        }
        // In FIN_WAIT2, what no process has any more the kernel ends by itself, after tcp_fin_timeout.
        if (state == TcpState.CLOSE_WAIT || (state == TcpState.FIN_WAIT2 && row.hasOwner())) {
            countIfLeaked(row);
        }
        tcpLeftOver.see(port);
        if (lendable.get(port) && !tcpListening.get(port) && !tcpListenedBefore.get(port)) {
            used.set(port);
            count(row);
        }
    }

    private void count(SocketRow row) {
        int slot =
                destinations.add(row.localHigh(), row.localLow(), row.remoteHigh(), row.remoteLow(), row.remotePort());
        switch (row.state()) {
            case TIME_WAIT -> destinations.tally(slot, TIME_WAIT);
            case ESTABLISHED -> destinations.tally(slot, ESTABLISHED);
            case CLOSE_WAIT -> destinations.tally(slot, CLOSE_WAIT);
            default -> {
                // Counted with the others only.
            }
        }
    }

    private void countIfLeaked(SocketRow row) {
        TcpState state = row.state();
        long ports = ((long) row.localPort() << 32) | ((long) row.remotePort() << 8) | state.number();
        long age = ages.seen(Hash.of(row.localHigh(), row.localLow(), row.remoteHigh(), row.remoteLow(), ports));
        if (age < LEAK_MILLIS) {
            return;
        }
        if (state == TcpState.CLOSE_WAIT) {
            closeWaitLeaks++;
        } else {
            finWait2Leaks++;
        }
        peers.add(row.remoteHigh(), row.remoteLow(), row.remotePort(), row.uid(), state.number());
    }

    /** Counts a UDP socket. */
    public void udp(SocketRow row) {
        int port = row.localPort();
        udpLeftOver.see(port);
        if (row.remotePort() == 0) {
            udpListening.set(port);
        }
        if (lendable.get(port)) {
            used.set(port);
        }
    }

    /** Ends the look. */
    public NodeUse end() {
        List<Integer> counts = new ArrayList<>();
        for (int count : sockets) {
            counts.add(count);
        }
        tcpLeftOver.end();
        udpLeftOver.end();
        BitSet tcp = (BitSet) tcpListening.clone();
        BitSet udp = udpServers();
        tcpLeftOver.addTo(tcp);
        udpLeftOver.addTo(udp);
        return new NodeUse(
                sysctls,
                lendable.cardinality(),
                used.cardinality(),
                counts,
                PortSet.copyOf(tcp),
                PortSet.copyOf(udp),
                topDestinations(),
                closeWaitLeaks,
                finWait2Leaks,
                topLeaks());
    }

    /**
     * UDP has no state that distinguishes a server from a client that has bound its port by itself, as resolvers do with a random one for
     * each question (RFC 5452, section 9.2); but a server is there the next time too. The first look is believed: nothing may be
     * given out that was in use before. And so is a server that one scan missed, while it was restarted.
     */
    private BitSet udpServers() {
        BitSet servers = (BitSet) udpListening.clone();
        if (udpListenedBefore != null) {
            udpListenedBefore.or(udpServersBeforeLast);
            servers.and(udpListenedBefore);
        }
        udpServersBeforeLast = udpServersBefore;
        udpServersBefore = servers;
        udpListenedBefore = (BitSet) udpListening.clone();
        return (BitSet) servers.clone();
    }

    private List<Destination> topDestinations() {
        List<Destination> top = new ArrayList<>();
        for (int slot : destinations.top(topDestinations)) {
            top.add(new Destination(
                    IpText.of(destinations.key(slot, 0), destinations.key(slot, 1)),
                    IpText.of(destinations.key(slot, 2), destinations.key(slot, 3)),
                    (int) destinations.key(slot, 4),
                    destinations.count(slot),
                    destinations.tallied(slot, TIME_WAIT),
                    destinations.tallied(slot, ESTABLISHED),
                    destinations.tallied(slot, CLOSE_WAIT)));
        }
        return top;
    }

    private List<Leak> topLeaks() {
        List<Leak> top = new ArrayList<>();
        for (int slot : peers.top(topLeaks)) {
            boolean closeWait = (int) peers.key(slot, 4) == TcpState.CLOSE_WAIT.number();
            top.add(new Leak(
                    closeWait ? TcpState.CLOSE_WAIT : TcpState.FIN_WAIT2,
                    IpText.of(peers.key(slot, 0), peers.key(slot, 1)),
                    (int) peers.key(slot, 2),
                    peers.key(slot, 3),
                    peers.count(slot)));
        }
        return top;
    }
}
