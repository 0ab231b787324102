package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is meant for the operator's pods does not take in the agents', nor the other way round, nor either the test's. */
class PodSelectionTest {
    /** Everything that selects pods, and labels that would mix them up if they were let. */
    private static final Rendering ALL = Chart.render("""
            agent:
              enabled: true
              podMonitor: {enabled: true}
              podLabels: {app.kubernetes.io/component: operator, app.kubernetes.io/name: other}
            podLabels: {app.kubernetes.io/component: agent}
            commonLabels: {app.kubernetes.io/component: shared, app.kubernetes.io/instance: other}
            networkPolicy: {enabled: true}
            metrics: {serviceMonitor: {enabled: true}}
            """);

    private static final Map<String, JsonNode> PODS = Map.of(
            "operator", labels("Deployment", "/spec/template/metadata/labels"),
            "agent", labels("DaemonSet", "/spec/template/metadata/labels"),
            "test", labels("Pod", "/metadata/labels"));

    private static JsonNode labels(String kind, String at) {
        return ALL.find(kind, "").at(at).require();
    }

    private static boolean selects(JsonNode selector, JsonNode labels) {
        return selector.properties().stream()
                .allMatch(wanted -> wanted.getValue().equals(labels.path(wanted.getKey())));
    }

    @ParameterizedTest
    @CsvSource({
        "Deployment, /spec/selector/matchLabels, operator",
        "Deployment, /spec/template/spec/topologySpreadConstraints/0/labelSelector/matchLabels, operator",
        "Deployment, /spec/template/spec/topologySpreadConstraints/1/labelSelector/matchLabels, operator",
        "Service, /spec/selector, operator",
        "PodDisruptionBudget, /spec/selector/matchLabels, operator",
        "NetworkPolicy, /spec/podSelector/matchLabels, operator",
        "DaemonSet, /spec/selector/matchLabels, agent",
        "PodMonitor, /spec/selector/matchLabels, agent",
    })
    void selectsItsOwnPodsOnly(String kind, String at, String pods) {
        assertThat(ALL.all(kind)).as("else one of them is not looked at").hasSize(1);
        JsonNode selector = ALL.find(kind, "").at(at).require();
        assertThat(PODS.entrySet().stream()
                        .filter(pod -> selects(selector, pod.getValue()))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet()))
                .containsExactly(pods);
    }

    @Test
    void theOperatorsMetricsAreFoundByTheirService() {
        JsonNode selector =
                ALL.find("ServiceMonitor", "").at("/spec/selector/matchLabels").require();
        assertThat(selects(selector, labels("Service", "/metadata/labels"))).isTrue();
    }
}
