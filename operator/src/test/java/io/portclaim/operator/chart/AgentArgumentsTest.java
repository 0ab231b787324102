package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.portclaim.agent.AgentOptions;
import io.portclaim.agent.log.LogLevel;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the chart starts agents with is what agents take: the same defaults, the same words, the same limits. */
class AgentArgumentsTest {
    /** Fixed by the kubelet for every pod. */
    private static final String LEFT_ALONE = "--service-account";

    private static String[] arguments(String values) {
        return texts(Chart.render(values)
                        .find("DaemonSet", "portclaim-agent")
                        .at("/spec/template/spec/containers/0/args"))
                .toArray(String[]::new);
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).toList();
    }

    private static JsonNode schema(String part, String value) {
        return Chart.schema()
                .at("/properties/%s/properties/%s".formatted(part, value))
                .require();
    }

    @Test
    void theDefaultsAreTheAgents() {
        assertThat(AgentOptions.parse(arguments("{agent: {enabled: true}}"))).isEqualTo(AgentOptions.DEFAULTS);
    }

    @Test
    void everyOptionIsAValue() {
        assertThat(Stream.of(arguments("{agent: {enabled: true}}")).map(argument -> argument.split("=")[0]))
                .containsExactlyElementsOf(AgentOptions.NAMES.stream()
                        .filter(name -> !name.equals(LEFT_ALONE))
                        .toList());
    }

    @Test
    void everyWordIsTaken() {
        assertThat(texts(schema("agent", "logFormat").path("enum")))
                .isEqualTo(texts(schema("operator", "logFormat").path("enum")))
                .allSatisfy(word -> assertThat(
                                AgentOptions.parse("--log-format=" + word).json())
                        .isEqualTo(word.equals("json")));
        assertThat(texts(schema("agent", "logLevel").path("enum")))
                .isEqualTo(Stream.of(LogLevel.values())
                        .map(level -> level.name().toLowerCase(Locale.ROOT))
                        .toList())
                .allSatisfy(word -> assertThat(
                                AgentOptions.parse("--log-level=" + word).logLevel())
                        .hasToString(word.toUpperCase(Locale.ROOT)));
    }

    @ParameterizedTest
    @CsvSource({
        "metricsPort, --metrics-port, --log-level=info",
        "pressurePercent, --pressure-percent, --pressure-clear-percent=1",
        "pressureClearPercent, --pressure-clear-percent, --pressure-percent=100",
        "topDestinations, --top-destinations, --log-level=info",
    })
    void theLimitsAreTheAgents(String value, String option, String beside) {
        int least = schema("agent", value).path("minimum").asInt();
        int most = schema("agent", value).path("maximum").asInt();
        for (int number : List.of(least, most)) {
            assertThat(AgentOptions.parse(beside, option + "=" + number)).isNotEqualTo(AgentOptions.parse(beside));
        }
        for (int number : List.of(least - 1, most + 1)) {
            assertThatThrownBy(() -> AgentOptions.parse(beside, option + "=" + number))
                    .hasMessageContaining("must be a whole number from " + least + " to " + most);
        }
    }

    @Test
    void bothWantPressureToEndBelowWhereItBegins() {
        String equal = "{agent: {enabled: true, pressurePercent: 70, pressureClearPercent: 70}}";
        assertThatThrownBy(() -> Chart.render(equal))
                .hasMessageContaining("must be less than agent.pressurePercent (70)");
        assertThatThrownBy(() -> AgentOptions.parse("--pressure-percent=70", "--pressure-clear-percent=70"))
                .hasMessageContaining("must be less than --pressure-percent, which is 70");
        assertThat(AgentOptions.parse(
                                arguments("{agent: {enabled: true, pressurePercent: 70, pressureClearPercent: 69}}"))
                        .pressureClearPercent())
                .isEqualTo(69);
    }
}
