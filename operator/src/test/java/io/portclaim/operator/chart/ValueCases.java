package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.ValueCase.NOTHING;
import static io.portclaim.operator.chart.ValueCase.of;
import static io.portclaim.operator.chart.ValueCase.ofEnabled;

import java.util.ArrayList;
import java.util.List;

/** A case for each of the chart's values. */
final class ValueCases {
    private static final String DEPLOYMENT = "Deployment/portclaim";
    private static final String POD = "/spec/template/spec";
    private static final String CONTAINER = POD + "/containers/0";

    private ValueCases() {}

    static List<ValueCase> all() {
        List<ValueCase> all = new ArrayList<>();
        all.addAll(names());
        all.addAll(pods());
        all.addAll(settings());
        all.addAll(scheduling());
        all.addAll(rights());
        all.addAll(surroundings());
        all.addAll(AgentValueCases.all());
        all.addAll(AlertValueCases.all());
        all.addAll(dashboards());
        all.addAll(pool());
        all.addAll(test());
        return all;
    }

    private static ValueCase ofPod(String path, String value, String at, String expected) {
        return of(path, value, DEPLOYMENT, at, expected);
    }

    private static List<ValueCase> names() {
        return List.of(
                of("nameOverride", "ports", "Deployment/portclaim-ports", "/metadata/name", "portclaim-ports"),
                of("fullnameOverride", "host-ports", "Deployment/host-ports", "/metadata/name", "host-ports"),
                of("namespaceOverride", "ports", DEPLOYMENT, "/metadata/namespace", "ports"),
                of(
                        "extraObjects",
                        "[{apiVersion: v1, kind: Secret, metadata: {name: \"{{ .Release.Name }}-extra\"}}]",
                        "Secret/extra",
                        "/metadata/name",
                        Chart.RELEASE + "-extra"),
                of("commonLabels", "{team: net}", "ServiceAccount/portclaim", "/metadata/labels/team", "net"),
                of("crds.enabled", "false", "CustomResourceDefinition/portclaims.portclaim.io", "", NOTHING),
                of(
                        "crds.keep",
                        "false",
                        "CustomResourceDefinition/portledgers.portclaim.io",
                        "/metadata/annotations",
                        NOTHING),
                of("serviceAccount.create", "false", "ServiceAccount/portclaim", "", NOTHING),
                ofPod("serviceAccount.name", "porter", POD + "/serviceAccountName", "porter"),
                of(
                        "serviceAccount.annotations",
                        "{a.example/b: c}",
                        "ServiceAccount/portclaim",
                        "/metadata/annotations",
                        "{a.example/b: c}"));
    }

    private static List<ValueCase> pods() {
        String digest = "sha256:" + "0123456789abcdef".repeat(4);
        String image = "ghcr.io/portclaim/portclaim-operator";
        return List.of(
                ofPod("replicaCount", "3", "/spec/replicas", "3"),
                ofPod("revisionHistoryLimit", "1", "/spec/revisionHistoryLimit", "1"),
                ofPod("terminationGracePeriodSeconds", "60", POD + "/terminationGracePeriodSeconds", "60"),
                ofPod(
                        "image.repository",
                        "registry.example/op",
                        CONTAINER + "/image",
                        "registry.example/op:0.1.0-SNAPSHOT"),
                ofPod("image.tag", "v9", CONTAINER + "/image", image + ":v9"),
                ofPod("image.digest", digest, CONTAINER + "/image", image + "@" + digest),
                ofPod("image.pullPolicy", "Never", CONTAINER + "/imagePullPolicy", "Never"),
                ofPod("imagePullSecrets", "[{name: key}]", POD + "/imagePullSecrets", "[{name: key}]"),
                ofPod("extraArgs", "[--min-cooldown=70s]", CONTAINER + "/args", "[--min-cooldown=70s]"),
                ofPod("extraEnv", "[{name: A, value: b}]", CONTAINER + "/env/17", "{name: A, value: b}"),
                ofPod("resources", "{limits: {memory: 1Gi}}", CONTAINER + "/resources/limits/memory", "1Gi"),
                ofPod("podSecurityContext", "{fsGroup: 1}", POD + "/securityContext/fsGroup", "1"),
                ofPod("securityContext", "{privileged: false}", CONTAINER + "/securityContext/privileged", "false"),
                ofPod("probes.startup.periodSeconds", "3", CONTAINER + "/startupProbe/periodSeconds", "3"),
                ofPod("probes.startup.failureThreshold", "9", CONTAINER + "/startupProbe/failureThreshold", "9"),
                ofPod("probes.liveness.periodSeconds", "7", CONTAINER + "/livenessProbe/periodSeconds", "7"),
                ofPod("probes.liveness.timeoutSeconds", "8", CONTAINER + "/livenessProbe/timeoutSeconds", "8"),
                ofPod("probes.liveness.failureThreshold", "9", CONTAINER + "/livenessProbe/failureThreshold", "9"),
                ofPod("probes.readiness.periodSeconds", "7", CONTAINER + "/readinessProbe/periodSeconds", "7"),
                ofPod("probes.readiness.timeoutSeconds", "8", CONTAINER + "/readinessProbe/timeoutSeconds", "8"),
                ofPod("probes.readiness.failureThreshold", "9", CONTAINER + "/readinessProbe/failureThreshold", "9"));
    }

    private static List<ValueCase> settings() {
        return List.of(
                setting("leaderElection.leaseName", "ports", "PORTCLAIM_LEASE_NAME", 0),
                setting("leaderElection.leaseDuration", "20s", "PORTCLAIM_LEASE_DURATION", 2),
                setting("leaderElection.renewDeadline", "12s", "PORTCLAIM_RENEW_DEADLINE", 3),
                setting("leaderElection.retryPeriod", "3s", "PORTCLAIM_RETRY_PERIOD", 4),
                setting("operator.reconcileThreads", "32", "PORTCLAIM_RECONCILE_THREADS", 5),
                setting("operator.cacheSyncTimeout", "3m", "PORTCLAIM_CACHE_SYNC_TIMEOUT", 6),
                setting("operator.ledgerRequestTimeout", "2s", "PORTCLAIM_LEDGER_REQUEST_TIMEOUT", 7),
                setting("operator.poolStatusInterval", "30s", "PORTCLAIM_POOL_STATUS_INTERVAL", 8),
                setting("operator.nodeChangeWindow", "4s", "PORTCLAIM_NODE_CHANGE_WINDOW", 9),
                setting("operator.sweepInterval", "1m", "PORTCLAIM_SWEEP_INTERVAL", 10),
                setting("operator.nodeGrace", "1h", "PORTCLAIM_NODE_GRACE", 11),
                setting("operator.restoreGrace", "30m", "PORTCLAIM_RESTORE_GRACE", 12),
                setting("operator.maxNodesPerClaim", "50", "PORTCLAIM_MAX_NODES_PER_CLAIM", 13),
                setting("metrics.port", "9090", "PORTCLAIM_HTTP_PORT", 14),
                setting("operator.logFormat", "json", "PORTCLAIM_LOG_FORMAT", 15),
                setting("operator.logLevel", "debug", "PORTCLAIM_LOG_LEVEL", 16));
    }

    private static ValueCase setting(String path, String value, String variable, int index) {
        return ofPod(path, value, CONTAINER + "/env/" + index, "{name: %s, value: \"%s\"}".formatted(variable, value));
    }

    private static List<ValueCase> scheduling() {
        String toleration = "[{key: a, operator: Exists}]";
        String affinity = "{podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}";
        String spread = "{labelSelector: {}, maxSkew: 2, topologyKey: rack, whenUnsatisfiable: DoNotSchedule}";
        return List.of(
                ofPod("deploymentAnnotations", "{a: b}", "/metadata/annotations", "{a: b}"),
                ofPod("podAnnotations", "{a: b}", "/spec/template/metadata/annotations", "{a: b}"),
                ofPod("podLabels", "{a: b}", "/spec/template/metadata/labels/a", "b"),
                ofPod(
                        "priorityClassName",
                        "system-cluster-critical",
                        POD + "/priorityClassName",
                        "system-cluster-critical"),
                ofPod("nodeSelector", "{a: b}", POD + "/nodeSelector", "{a: b, kubernetes.io/os: linux}"),
                ofPod("tolerations", toleration, POD + "/tolerations", toleration),
                ofPod("affinity", affinity, POD + "/affinity", affinity),
                ofPod(
                        "topologySpreadConstraints",
                        "[" + spread + "]",
                        POD + "/topologySpreadConstraints",
                        "[" + spread + "]"),
                of("podDisruptionBudget.enabled", "false", "PodDisruptionBudget/portclaim", "", NOTHING),
                of(
                        "podDisruptionBudget.maxUnavailable",
                        "50%",
                        "PodDisruptionBudget/portclaim",
                        "/spec/maxUnavailable",
                        "50%"));
    }

    private static List<ValueCase> rights() {
        String writers = "ValidatingAdmissionPolicy/writers.portclaim.io";
        return List.of(
                of("rbac.create", "false", "ClusterRoleBinding/portclaim", "", NOTHING),
                of("rbac.aggregateToDefaultRoles", "false", "ClusterRole/portclaim-edit", "", NOTHING),
                of("configMaps.namespaces", "[default]", "Role/portclaim-configmaps", "/metadata/namespace", "default"),
                of("touchPods.enabled", "true", DEPLOYMENT, CONTAINER + "/env/17/value", "'*'"),
                ofEnabled(
                        "touchPods",
                        "touchPods.namespaces",
                        "[default]",
                        "Role/portclaim-pods",
                        "/metadata/namespace",
                        "default"),
                of("podScope.enabled", "true", DEPLOYMENT, CONTAINER + "/env/17/value", "'*'"),
                ofEnabled(
                        "podScope",
                        "podScope.namespaces",
                        "[default]",
                        "MutatingAdmissionPolicyBinding/write-podscope.portclaim.io",
                        "/spec/matchResources/namespaceSelector/matchExpressions/0/values",
                        "[default]"),
                of("admission.writers.enabled", "false", writers, "", NOTHING),
                of(
                        "admission.configMaps.enabled",
                        "false",
                        "ValidatingAdmissionPolicy/configmaps.portclaim.io",
                        "",
                        NOTHING),
                of("admission.reports.enabled", "false", "ValidatingAdmissionPolicy/reports.portclaim.io", "", NOTHING),
                of(
                        "admission.requireClaims.enabled",
                        "true",
                        "ValidatingAdmissionPolicy/requireclaims.portclaim.io",
                        "/spec/paramKind/kind",
                        "PortPool"),
                ValueCase.ofEnabled(
                        "admission.requireClaims",
                        "admission.requireClaims.exemptNamespaces",
                        "[system]",
                        "ValidatingAdmissionPolicyBinding/requireclaims.portclaim.io",
                        "/spec/matchResources/namespaceSelector/matchExpressions/0/values",
                        "[system]"),
                of(
                        "admission.hostPorts.enabled",
                        "true",
                        "MutatingAdmissionPolicy/write-hostports.portclaim.io",
                        "/spec/paramKind/kind",
                        "PortClaim"),
                of(
                        "admission.allowedWriters.users",
                        "[\"o'brien\"]",
                        writers,
                        "/spec/variables/0/expression",
                        "'[\"system:serviceaccount:portclaim:portclaim\",\"o''brien\"]'"),
                of(
                        "admission.allowedWriters.groups",
                        "[backup]",
                        writers,
                        "/spec/variables/1/expression",
                        "'[\"system:masters\",\"backup\"]'"),
                of("flowControl.enabled", "false", "FlowSchema/portclaim-lease", "", NOTHING),
                of(
                        "flowControl.leasePriorityLevel",
                        "system",
                        "FlowSchema/portclaim-lease",
                        "/spec/priorityLevelConfiguration/name",
                        "system"),
                of(
                        "flowControl.ledgerPriorityLevel",
                        "system",
                        "FlowSchema/portclaim-ledger",
                        "/spec/priorityLevelConfiguration/name",
                        "system"));
    }

    private static List<ValueCase> surroundings() {
        String peer = "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]";
        String drop = "[{action: drop, regex: jvm_.*, sourceLabels: [__name__]}]";
        return List.of(
                of("metrics.service.enabled", "false", "Service/portclaim-metrics", "", NOTHING),
                of(
                        "metrics.service.annotations",
                        "{a: b}",
                        "Service/portclaim-metrics",
                        "/metadata/annotations",
                        "{a: b}"),
                of(
                        "metrics.serviceMonitor.enabled",
                        "true",
                        "ServiceMonitor/portclaim",
                        "/spec/endpoints/0/path",
                        "/metrics"),
                monitor("labels", "{release: prometheus}", "/metadata/labels/release", "prometheus"),
                monitor("interval", "30s", "/spec/endpoints/0/interval", "30s"),
                monitor("scrapeTimeout", "10s", "/spec/endpoints/0/scrapeTimeout", "10s"),
                monitor("relabelings", drop, "/spec/endpoints/0/relabelings", drop),
                monitor("metricRelabelings", drop, "/spec/endpoints/0/metricRelabelings", drop),
                of(
                        "networkPolicy.enabled",
                        "true",
                        "NetworkPolicy/portclaim",
                        "/spec/policyTypes",
                        "[Ingress, Egress]"),
                traffic("metricsFrom", peer, "/spec/ingress/0/from", peer),
                traffic("apiServerCIDRs", "[10.0.0.1/32]", "/spec/egress/0/to", "[{ipBlock: {cidr: 10.0.0.1/32}}]"),
                traffic("apiServerPorts", "[6443]", "/spec/egress/0/ports", "[{port: 6443, protocol: TCP}]"));
    }

    private static List<ValueCase> dashboards() {
        return List.of(
                of(
                        "grafanaDashboard.enabled",
                        "true",
                        "ConfigMap/portclaim-nodes-dashboard",
                        "/metadata/namespace",
                        Chart.NAMESPACE),
                dashboard("labels", "{dashboards: a}", "/metadata/labels/dashboards", "a"),
                dashboard("annotations", "{grafana_folder: Ports}", "/metadata/annotations/grafana_folder", "Ports"),
                dashboard("namespace", "grafana", "/metadata/namespace", "grafana"));
    }

    private static ValueCase dashboard(String name, String value, String at, String expected) {
        return ValueCase.ofEnabled(
                "grafanaDashboard",
                "grafanaDashboard." + name,
                value,
                "ConfigMap/portclaim-operator-dashboard",
                at,
                expected);
    }

    private static ValueCase monitor(String name, String value, String at, String expected) {
        String values = "{metrics: {serviceMonitor: {enabled: true, %s: %s}}}".formatted(name, value);
        return new ValueCase("metrics.serviceMonitor." + name, values, "ServiceMonitor/portclaim", at, expected);
    }

    private static ValueCase traffic(String name, String value, String at, String expected) {
        String values = "{networkPolicy: {enabled: true, %s: %s}}".formatted(name, value);
        return new ValueCase("networkPolicy." + name, values, "NetworkPolicy/portclaim", at, expected);
    }

    private static List<ValueCase> pool() {
        String labels = "{matchLabels: {kubernetes.io/os: linux, rack: a}}";
        return List.of(
                of("defaultPool.create", "true", "PortPool/default", "/spec/ranges", "[21000-28999]"),
                new ValueCase(
                        "defaultPool.name",
                        "{defaultPool: {create: true, name: games}}",
                        "PortPool/games",
                        "/metadata/name",
                        "games"),
                pool("ranges", "[12000-12999, 13000]", "/spec/ranges", "[12000-12999, 13000]"),
                pool("exclude", "[]", "/spec/exclude", NOTHING),
                pool("nodeSelector", "{matchLabels: {rack: a}}", "/spec/nodeSelector", labels),
                pool("spec", "{staticBand: 0}", "/spec/staticBand", "0"));
    }

    private static ValueCase pool(String name, String value, String at, String expected) {
        String values = "{defaultPool: {create: true, %s: %s}}".formatted(name, value);
        return new ValueCase("defaultPool." + name, values, "PortPool/default", at, expected);
    }

    private static List<ValueCase> test() {
        return List.of(
                of("test.poolName", "games", "PortClaim/portclaim-test", "/spec/poolName", "games"),
                of(
                        "test.image.repository",
                        "registry.example/sh",
                        "Pod/portclaim-test",
                        "/spec/containers/0/image",
                        "registry.example/sh:1.37"),
                of(
                        "test.image.tag",
                        "\"2\"",
                        "Pod/portclaim-test",
                        "/spec/containers/0/image",
                        "docker.io/library/busybox:2"),
                of(
                        "test.image.digest",
                        "sha256:" + "0123456789abcdef".repeat(4),
                        "Pod/portclaim-test",
                        "/spec/containers/0/image",
                        "docker.io/library/busybox@sha256:" + "0123456789abcdef".repeat(4)),
                of(
                        "test.image.pullPolicy",
                        "Never",
                        "Pod/portclaim-test",
                        "/spec/containers/0/imagePullPolicy",
                        "Never"));
    }
}
