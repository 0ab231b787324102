package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.portclaim.agent.AgentOptions;
import io.portclaim.operator.GeneratedPage;
import io.portclaim.operator.options.Options;
import io.portclaim.operator.options.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value does what it says, is described, and a misspelt one is refused. */
class ValuesTest {
    /** Those that the chart leaves alone by default. */
    private static final List<Setting<?>> LEFT_ALONE = List.of(
            // Never to be set, or where pods can't use it.
            Options.IDENTITY,
            Options.LEADER_ELECTION,
            Options.CONTEXT,
            // A pod has one address, and all of them are right.
            Options.HTTP_BIND_ADDRESS,
            // For tests only.
            Options.MIN_COOLDOWN,
            // Set only where touchPods is enabled.
            Options.TOUCH_PODS_IN,
            // Set only where podScope is enabled.
            Options.POD_SCOPE_IN);

    static List<ValueCase> cases() {
        return ValueCases.all();
    }

    static List<Values.Value> values() {
        return Values.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void changesWhatItIsFor(ValueCase value) {
        assertThat(value.found(Chart.render(value.others()))).as("without it").isNotEqualTo(value.wanted());
        assertThat(value.found(Chart.render(value.values()))).as("with it").isEqualTo(value.wanted());
    }

    /** An agent that does not take what the schema lets through ends itself on every node, over and over. */
    @ParameterizedTest
    @CsvSource({
        "metricsPort, --metrics-port",
        "pressurePercent, --pressure-percent",
        "pressureClearPercent, --pressure-clear-percent",
        "topDestinations, --top-destinations"
    })
    void theAgentTakesAllThatTheSchemaAllows(String value, String option) {
        JsonNode schema = Chart.schema()
                .path("properties")
                .path("agent")
                .path("properties")
                .path(value);
        for (String bound : List.of("minimum", "maximum")) {
            assertThatCode(() -> AgentOptions.parse(
                            "--pressure-percent=100",
                            "--pressure-clear-percent=1",
                            option + "=" + schema.path(bound).asText()))
                    .as(bound)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void eachHasACase() {
        assertThat(cases().stream().map(ValueCase::path))
                .containsExactlyInAnyOrderElementsOf(
                        values().stream().map(Values.Value::path).toList());
    }

    @ParameterizedTest
    @MethodSource("values")
    void isDescribedByFileAndSchemaAlike(Values.Value value) {
        assertThat(value.comment()).as("the comment above %s", value.path()).endsWith(".");
        assertThat(value.schema().path("description").asText())
                .as("what values.schema.json says of %s", value.path())
                .isEqualTo(value.comment());
    }

    @Test
    void theSchemaKnowsNoOtherValues() {
        List<String> known = new ArrayList<>();
        collect("", Chart.schema(), known);
        // Of Helm and of the chart that has this one as a dependency.
        known.removeAll(List.of("global", "enabled"));
        assertThat(known)
                .containsExactlyInAnyOrderElementsOf(
                        values().stream().map(Values.Value::path).toList());
    }

    private static void collect(String path, JsonNode schema, List<String> known) {
        if (!schema.has("properties")) {
            known.add(path);
            return;
        }
        assertThat(schema.path("additionalProperties").toString())
                .as("whether %s may have other values", path)
                .isEqualTo("false");
        schema.path("properties")
                .properties()
                .forEach(entry -> collect(
                        path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), entry.getValue(), known));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{replicas: 3} | additional properties 'replicas' not allowed",
                "{operator: {nodegrace: 1h}} | at '/operator': additional properties 'nodegrace' not allowed",
                "{operator: {nodeGrace: 10}} | at '/operator/nodeGrace': got number, want string",
                "{operator: {nodeGrace: ten minutes}} | at '/operator/nodeGrace': 'ten minutes' does not match pattern",
                "{operator: {logFormat: xml}} | at '/operator/logFormat': value must be one of 'plain', 'json'",
                "{replicaCount: two} | at '/replicaCount': got string, want integer",
                "{image: {digest: sha256:1}} | at '/image/digest': 'sha256:1' does not match pattern",
                "{configMaps: {namespaces: games}} | at '/configMaps/namespaces': got string, want array",
                "{defaultPool: {ranges: []}} | at '/defaultPool/ranges': minItems: got 0, want 1",
                "{defaultPool: {ranges: [70000]}} | at '/defaultPool/ranges/0'",
                "{extraArgs: [min-cooldown=1m]} | at '/extraArgs/0': 'min-cooldown=1m' does not match pattern",
                "{podScope: {namespaces: [Shop]}} | at '/podScope/namespaces/0': 'Shop' does not match pattern",
                "{agent: {metricsAddress: eth0}} | at '/agent/metricsAddress': value must be one of '0.0.0.0', '::', '127.0.0.1'",
                "{agent: {pressurePercent: 101}} | at '/agent/pressurePercent': maximum: got 101, want 100",
                "{agent: {enabled: true, pressurePercent: 60}} | agent.pressureClearPercent (60) must be less than agent.pressurePercent (60)",
                "{agent: {logFormat: text}} | at '/agent/logFormat': value must be one of 'plain', 'json'",
                "{agent: {enabled: true, metricsPort: 0, podMonitor: {enabled: true}}} | agent.metricsPort is 0",
                "{agent: {podMonitor: {enabled: true}}} | agent.podMonitor.enabled needs agent.enabled",
                "{prometheusRule: {claimPendingFor: 15}} | at '/prometheusRule/claimPendingFor': got number, want string",
                "{metrics: {service: {enabled: false}, serviceMonitor: {enabled: true}}} | needs metrics.service.enabled",
            })
    void aMistakeIsNamed(String values, String words) {
        assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(words);
    }

    @Test
    void everySettingOfTheOperatorIsAValueWithItsDefault() {
        Map<String, String> variables = Chart.render()
                .find("Deployment", "portclaim")
                .at("/spec/template/spec/containers/0/env")
                .valueStream()
                .collect(Collectors.toMap(
                        variable -> variable.path("name").asText(),
                        variable -> variable.path("value").asText()));
        assertThat(variables.keySet())
                .containsExactlyInAnyOrderElementsOf(Options.ALL.stream()
                        .filter(setting -> !LEFT_ALONE.contains(setting))
                        .map(Setting::variable)
                        .toList());
        Options.ALL.stream()
                .filter(setting -> !LEFT_ALONE.contains(setting) && setting != Options.LEASE_NAMESPACE)
                .forEach(setting -> assertThat(variables).containsEntry(setting.variable(), setting.defaultText()));
        assertThat(variables).containsEntry(Options.LEASE_NAMESPACE.variable(), Chart.NAMESPACE);
    }

    @Test
    void thePageHasThemAll() {
        String rows = values().stream()
                .map(value -> "| `%s` | %s | %s |\n".formatted(value.path(), shown(value.fallback()), value.comment()))
                .collect(Collectors.joining());
        String page = Chart.text("README.md");
        String start = "| value | default | what it is |\n|---|---|---|\n";
        int end = page.indexOf("\n\n", page.indexOf(start));
        String expected = page.substring(0, page.indexOf(start) + start.length()) + rows + page.substring(end + 1);
        GeneratedPage.checkFile("helm/portclaim/README.md", expected, ValuesTest.class);
    }

    private static String shown(JsonNode fallback) {
        String text = fallback.isTextual() ? fallback.asText() : fallback.toString();
        return text.isEmpty() ? "" : "`" + text + "`";
    }
}
