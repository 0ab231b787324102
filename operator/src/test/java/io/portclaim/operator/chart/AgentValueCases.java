package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.ValueCase.NOTHING;

import java.util.ArrayList;
import java.util.List;

/** A case for each of the values of the agents. */
final class AgentValueCases {
    private static final String DAEMON_SET = "DaemonSet/portclaim-agent";
    private static final String POD = "/spec/template/spec";
    private static final String CONTAINER = POD + "/containers/0";
    private static final String MONITOR = "PodMonitor/portclaim-agent";

    private AgentValueCases() {}

    static List<ValueCase> all() {
        List<ValueCase> all = new ArrayList<>();
        all.addAll(settings());
        all.addAll(pods());
        all.addAll(scheduling());
        all.addAll(surroundings());
        return all;
    }

    private static ValueCase of(String name, String value, String object, String at, String expected) {
        return ValueCase.ofEnabled("agent", "agent." + name, value, object, at, expected);
    }

    private static ValueCase ofPod(String name, String value, String at, String expected) {
        return of(name, value, DAEMON_SET, at, expected);
    }

    private static ValueCase argument(String name, String value, String flag, int index) {
        return ofPod(name, value, CONTAINER + "/args/" + index, "\"--%s=%s\"".formatted(flag, value));
    }

    private static List<ValueCase> settings() {
        return List.of(
                ValueCase.of(
                        "agent.enabled",
                        "true",
                        DAEMON_SET,
                        CONTAINER + "/command",
                        "[/opt/java/bin/java, \"@/app/agent\"]"),
                argument("metricsPort", "9100", "metrics-port", 0),
                ofPod("metricsAddress", "\"::\"", CONTAINER + "/args/1", "\"--metrics-address=::\""),
                argument("pressurePercent", "70", "pressure-percent", 2),
                argument("pressureClearPercent", "50", "pressure-clear-percent", 3),
                argument("topDestinations", "9", "top-destinations", 4),
                argument("logFormat", "json", "log-format", 5),
                argument("logLevel", "debug", "log-level", 6),
                ofPod("extraArgs", "[--a=b]", CONTAINER + "/args/7", "--a=b"));
    }

    private static List<ValueCase> pods() {
        String digest = "sha256:" + "0123456789abcdef".repeat(4);
        String image = "ghcr.io/portclaim/portclaim-operator";
        return List.of(
                ofPod("namespace", "agents", "/metadata/namespace", "agents"),
                ofPod(
                        "image.repository",
                        "registry.example/agent",
                        CONTAINER + "/image",
                        "registry.example/agent:0.1.0-SNAPSHOT"),
                ofPod("image.tag", "v9", CONTAINER + "/image", image + ":v9"),
                ofPod("image.digest", digest, CONTAINER + "/image", image + "@" + digest),
                ofPod("image.pullPolicy", "Never", CONTAINER + "/imagePullPolicy", "Never"),
                ofPod("resources", "{limits: {memory: 96Mi}}", CONTAINER + "/resources/limits/memory", "96Mi"),
                ofPod("probes.liveness.periodSeconds", "7", CONTAINER + "/livenessProbe/periodSeconds", "7"),
                ofPod("probes.liveness.timeoutSeconds", "8", CONTAINER + "/livenessProbe/timeoutSeconds", "8"),
                ofPod("probes.liveness.failureThreshold", "9", CONTAINER + "/livenessProbe/failureThreshold", "9"),
                ofPod("terminationGracePeriodSeconds", "9", POD + "/terminationGracePeriodSeconds", "9"),
                ofPod(
                        "updateStrategy.maxUnavailable",
                        "3",
                        "/spec/updateStrategy/rollingUpdate",
                        "{maxSurge: 0, maxUnavailable: 3}"),
                ofPod("daemonSetAnnotations", "{a: b}", "/metadata/annotations", "{a: b}"),
                ofPod("podAnnotations", "{a: b}", "/spec/template/metadata/annotations", "{a: b}"),
                ofPod("podLabels", "{a: b}", "/spec/template/metadata/labels/a", "b"));
    }

    private static List<ValueCase> scheduling() {
        String toleration = "[{key: a, operator: Exists}]";
        String affinity = "{nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}";
        return List.of(
                ofPod("priorityClassName", "system-node-critical", POD + "/priorityClassName", "system-node-critical"),
                ofPod("nodeSelector", "{a: b}", POD + "/nodeSelector", "{a: b, kubernetes.io/os: linux}"),
                ofPod("tolerations", toleration, POD + "/tolerations", toleration),
                ofPod("affinity", affinity, POD + "/affinity", affinity),
                of("serviceAccount.create", "false", "ServiceAccount/portclaim-agent", "", NOTHING),
                ofPod("serviceAccount.name", "reporter", POD + "/serviceAccountName", "reporter"),
                of(
                        "serviceAccount.annotations",
                        "{a.example/b: c}",
                        "ServiceAccount/portclaim-agent",
                        "/metadata/annotations",
                        "{a.example/b: c}"));
    }

    private static List<ValueCase> surroundings() {
        String drop = "[{action: drop, regex: portclaim_node_top_.*, sourceLabels: [__name__]}]";
        return List.of(
                new ValueCase(
                        "flowControl.agentConcurrencyShares",
                        "{agent: {enabled: true}, flowControl: {agentConcurrencyShares: 9}}",
                        "PriorityLevelConfiguration/portclaim-agents",
                        "/spec/limited/nominalConcurrencyShares",
                        "9"),
                of("podMonitor.enabled", "true", MONITOR, "/spec/podMetricsEndpoints/0/port", "metrics"),
                monitor("labels", "{release: prometheus}", "/metadata/labels/release", "prometheus"),
                monitor("interval", "30s", "/spec/podMetricsEndpoints/0/interval", "30s"),
                monitor("scrapeTimeout", "10s", "/spec/podMetricsEndpoints/0/scrapeTimeout", "10s"),
                monitor("relabelings", drop, "/spec/podMetricsEndpoints/0/relabelings", drop),
                monitor("metricRelabelings", drop, "/spec/podMetricsEndpoints/0/metricRelabelings", drop));
    }

    private static ValueCase monitor(String name, String value, String at, String expected) {
        String values = "{agent: {enabled: true, podMonitor: {enabled: true, %s: %s}}}".formatted(name, value);
        return new ValueCase("agent.podMonitor." + name, values, MONITOR, at, expected);
    }
}
