package io.portclaim.agent.http;

import io.portclaim.agent.census.Destination;
import io.portclaim.agent.census.Leak;
import io.portclaim.agent.census.NodeUse;
import io.portclaim.agent.proc.TcpState;
import io.portclaim.agent.report.Reporting;
import java.util.List;

/**
 * Metrics in Prometheus' text format, version 0.0.4. How many series there are does not depend on the node, and neither does how
 * many it makes in a day: what has but a few connections, as each of a crawler's millions of destinations, has no series.
 */
final class MetricsText {
    private static final String NODE = "portclaim_node_";
    private static final String AGENT = "portclaim_agent_";
    /** One port in so many has to be in use toward a destination that has a series. */
    private static final long PORTS_FOR_ONE = 100;
    /** A tenth of what the chart's alert takes for a leak, so that it can name the peer. */
    private static final int LEAST_LEAKED = 10;

    private final StringBuilder text = new StringBuilder();
    private final String node;

    private MetricsText(String node) {
        this.node = node;
    }

    static String of(Findings findings, String version) {
        MetricsText metrics = new MetricsText(findings.node());
        NodeUse use = findings.use();
        if (use != null) {
            metrics.ports(use, findings);
            metrics.sockets(use);
        }
        metrics.agent(findings, version);
        return metrics.text.toString();
    }

    private void ports(NodeUse use, Findings findings) {
        gauge(
                NODE + "ephemeral_ports",
                "Ports that the kernel can use for outgoing connections: the ephemeral range without the reserved"
                        + " ports.",
                use.ephemeralPorts());
        gauge(
                NODE + "ephemeral_ports_used",
                "Ephemeral ports that a connection or a UDP socket uses.",
                use.ephemeralUsed());
        gauge(
                NODE + "destination_ephemeral_ports_used_max",
                "The most ephemeral ports that are used from one local address to one remote address and port.",
                use.highestUse());
        String name = NODE + "destination_ephemeral_ports_used";
        head(
                name,
                "gauge",
                "Ephemeral ports used toward a destination, for the destinations with the most, from 1 % of the ports"
                        + " on.");
        List<Destination> top = use.destinations();
        for (Destination to : top.subList(0, Math.min(top.size(), findings.topDestinations()))) {
            if (to.used() * PORTS_FOR_ONE >= use.ephemeralPorts()) {
                start(name);
                label("local_address", to.localAddress());
                label("remote_address", to.remoteAddress());
                label("remote_port", Integer.toString(to.remotePort()));
                value(to.used());
            }
        }
        head(
                NODE + "sustainable_connections_per_second",
                "gauge",
                "New connections a second to one destination that the node can sustain, with 60 s of TIME_WAIT for"
                        + " each.");
        start(NODE + "sustainable_connections_per_second");
        text.append("} ").append(Reporting.sustainable(use.ephemeralPorts())).append('\n');
        gauge(
                NODE + "ephemeral_port_pressure",
                "1 while one destination uses nearly all ephemeral ports.",
                findings.pressure() ? 1 : 0);
    }

    private void sockets(NodeUse use) {
        head(NODE + "tcp_sockets", "gauge", "TCP sockets by state.");
        for (TcpState state : TcpState.values()) {
            start(NODE + "tcp_sockets");
            label("state", state.text());
            value(use.sockets().get(state.number()));
        }
        head(
                NODE + "leaked_connections",
                "gauge",
                "Connections that have been in CLOSE_WAIT or FIN_WAIT2 for at least 60 s.");
        leaked(TcpState.CLOSE_WAIT, use.closeWaitLeaks());
        leaked(TcpState.FIN_WAIT2, use.finWait2Leaks());
        head(
                NODE + "top_leaked_connections",
                "gauge",
                "Leaked connections of a peer and a user, for the peers with the most, from 10 on.");
        for (Leak leak : use.leaks()) {
            if (leak.connections() >= LEAST_LEAKED) {
                start(NODE + "top_leaked_connections");
                label("state", leak.state().text());
                label("remote_address", leak.remoteAddress());
                label("remote_port", Integer.toString(leak.remotePort()));
                label("uid", Long.toString(leak.uid()));
                value(leak.connections());
            }
        }
    }

    private void leaked(TcpState state, int connections) {
        start(NODE + "leaked_connections");
        label("state", state.text());
        value(connections);
    }

    private void agent(Findings findings, String version) {
        head(AGENT + "report_writes_total", "counter", "Attempts to keep the node's PortReport up to date.");
        results("report_writes_total", findings.writes(), findings.failures());
        head(AGENT + "scans_total", "counter", "Scans of the node's settings and sockets.");
        results("scans_total", findings.looks(), findings.failedLooks());
        head(AGENT + "scan_cpu_seconds_total", "counter", "The CPU time that scans took.");
        start(AGENT + "scan_cpu_seconds_total");
        text.append("} ").append(findings.lookNanos() / 1e9).append('\n');
        head(AGENT + "build_info", "gauge", "Always 1; the label says which version runs.");
        start(AGENT + "build_info");
        label("version", version);
        value(1);
    }

    private void results(String name, long successes, long failures) {
        start(AGENT + name);
        label("result", "success");
        value(successes);
        start(AGENT + name);
        label("result", "failure");
        value(failures);
    }

    private void gauge(String name, String help, long value) {
        head(name, "gauge", help);
        start(name);
        value(value);
    }

    private void head(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void start(String name) {
        text.append(name).append("{node=\"").append(node).append('"');
    }

    /** No value here can have a character that would have to be escaped: names, addresses and numbers. */
    private void label(String name, String value) {
        text.append(',').append(name).append("=\"").append(value).append('"');
    }

    private void value(long value) {
        text.append("} ").append(value).append('\n');
    }
}
