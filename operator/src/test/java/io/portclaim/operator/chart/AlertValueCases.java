package io.portclaim.operator.chart;

import java.util.List;

/** A case for each of the values of the alerts. */
final class AlertValueCases {
    private static final String RULE = "PrometheusRule/portclaim";
    private static final String CLAIMS = "/spec/groups/0/rules/";
    private static final String POOLS = "/spec/groups/1/rules/";
    private static final String NODES = "/spec/groups/2/rules/";

    private AlertValueCases() {}

    static List<ValueCase> all() {
        return List.of(
                of("enabled", "true", CLAIMS + "0/alert", "PortClaimNoLeader"),
                of("labels", "{release: prometheus}", "/metadata/labels/release", "prometheus"),
                of("alertLabels", "{team: net}", CLAIMS + "1/labels", "{severity: warning, team: net}"),
                of(
                        "runbookUrl",
                        "\"https://wiki.example/ports\"",
                        CLAIMS + "1/annotations/runbook_url",
                        "\"https://wiki.example/ports#portclaimpending\""),
                of("aggregationLabels", "[region]", POOLS + "1/expr", text("""
                                max by (region, pool) (portclaim_pool_tightest_node_available) == 0
                                unless on (region, pool) max by (region, pool) (portclaim_pool_slots_available) == 0""")),
                of("clusterNumbers", "false", POOLS + "2/alert", "PortClaimPoolNearlyFull"),
                of("claimPendingFor", "1h", CLAIMS + "1/for", "1h"),
                of("poolAvailablePercent", "25", POOLS + "3/expr", nearlyFull(25, 24)),
                of("poolForecastHours", "48", POOLS + "3/expr", nearlyFull(10, 48)),
                of("pressureWarningPercent", "70", NODES + "0/expr", pressure(70)),
                of("pressureCriticalPercent", "90", NODES + "1/expr", pressure(90)),
                of("leakedConnections", "500", NODES + "2/expr", leaking(500)));
    }

    /** Beside the agents, whose alerts there are only with them. */
    private static ValueCase of(String name, String value, String at, String expected) {
        String enabled = name.equals("enabled") ? "" : "enabled: true, ";
        String values = "{agent: {enabled: true}, prometheusRule: {%s%s: %s}}".formatted(enabled, name, value);
        return new ValueCase("prometheusRule." + name, values, RULE, at, expected);
    }

    private static String nearlyFull(int percent, int hours) {
        return text("""
                100 * max by (cluster, pool) (portclaim_pool_slots_available) / max by (cluster, pool) (portclaim_pool_slots) < %d
                or (
                  100 * max by (cluster, pool) (portclaim_pool_slots_available) / max by (cluster, pool) (portclaim_pool_slots) < 50
                  and predict_linear((max by (cluster, pool) (portclaim_pool_slots_available))[6h:5m], %d) < 0
                  and count_over_time((max by (cluster, pool) (portclaim_pool_slots_available))[6h:5m]) > 36
                )""".formatted(percent, hours * 3600));
    }

    private static String pressure(int percent) {
        return text("""
                100 * max by (cluster, node, local_address, remote_address, remote_port) (portclaim_node_destination_ephemeral_ports_used)
                  / on (cluster, node) group_left () max by (cluster, node) (portclaim_node_ephemeral_ports)
                  >= %1$d
                or on (cluster, node)
                100 * max by (cluster, node) (portclaim_node_destination_ephemeral_ports_used_max)
                  / on (cluster, node) max by (cluster, node) (portclaim_node_ephemeral_ports)
                  >= %1$d""".formatted(percent));
    }

    private static String leaking(int count) {
        return text("""
                max by (cluster, node, state) (portclaim_node_leaked_connections) >= %1$d
                and deriv((max by (cluster, node, state) (portclaim_node_leaked_connections))[30m:1m]) * 1800 > %1$d / 10""".formatted(count));
    }

    /** As YAML's quoted text. */
    private static String text(String lines) {
        return '"' + lines.replace("\n", "\\n") + '"';
    }
}
