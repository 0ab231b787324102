package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chart's alerts, as Prometheus' own engine takes them. */
class AlertsIT {
    private static final Path TESTS =
            Path.of(System.getProperty("basedir", ".")).resolve("src/test/resources/chart/alerts");
    private static final String WITH_AGENTS = "{agent: {enabled: true}, prometheusRule: {enabled: true}}";
    private static final String PAGE = "docs/exhaustion.md";
    private static final Pattern ALERT_HEADING = Pattern.compile("^## (PortClaim\\w+)$", Pattern.MULTILINE);

    private static final Pattern METRIC = Pattern.compile("portclaim_(?:node|agent)_[a-z_]+");

    @TempDir
    Path folder;

    private Path rules;

    @BeforeEach
    void render() throws IOException {
        rules = folder.resolve("rules.yaml");
        Files.writeString(rules, rules(WITH_AGENTS).toString());
    }

    /** What Prometheus would read from a file. */
    private static JsonNode rules(String values) {
        return Chart.render(values).find("PrometheusRule", "portclaim").path("spec");
    }

    private static List<JsonNode> alerts(String values) {
        return rules(values)
                .path("groups")
                .valueStream()
                .flatMap(group -> group.path("rules").valueStream())
                .toList();
    }

    private static Set<String> names(List<JsonNode> alerts) {
        return alerts.stream()
                .map(alert -> alert.path("alert").asText())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void prometheusFindsNothingToComplainOf() {
        assertThat(Promtool.run("check", "rules", "--lint=all", "--lint-fatal", rules.toString()))
                .contains("SUCCESS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"claims-and-pools.yaml", "nodes.yaml"})
    void theyFireWhenTheyShouldAndNotWhenTheyShouldNot(String file) throws IOException {
        Path test = folder.resolve(file);
        Files.copy(TESTS.resolve(file), test);
        assertThat(Promtool.run("test", "rules", test.toString())).contains("SUCCESS");
    }

    @Test
    void eachFiresInATest() throws IOException {
        StringBuilder tests = new StringBuilder();
        try (Stream<Path> files = Files.list(TESTS)) {
            files.forEach(file -> tests.append(Chart.read(file)));
        }
        assertThat(names(alerts(WITH_AGENTS)))
                .hasSize(9)
                .allSatisfy(name -> assertThat(tests).contains(name));
    }

    @Test
    void eachSaysWhatItMeansAndHasItsHeadingOnThePage() {
        List<JsonNode> alerts = alerts(WITH_AGENTS);
        Set<String> headings = ALERT_HEADING
                .matcher(Chart.read(LocalCluster.repository().resolve(PAGE)))
                .results()
                .map(heading -> heading.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(names(alerts)).isEqualTo(headings);
        assertThat(alerts).allSatisfy(alert -> {
            assertThat(alert.at("/labels/severity").asText()).isIn("warning", "critical");
            assertThat(alert.at("/annotations/summary").asText()).endsWith(".");
            assertThat(alert.at("/annotations/description").asText()).isNotBlank();
            assertThat(alert.at("/annotations/runbook_url").asText())
                    .endsWith("/blob/main/" + PAGE + "#"
                            + alert.path("alert").asText().toLowerCase(Locale.ROOT));
        });
    }

    @Test
    void everyMetricOfTheAgentsInThemIsOnTheirPage() {
        String page = Chart.read(LocalCluster.repository().resolve("docs/agent.md"));
        Set<String> metrics = METRIC.matcher(rules(WITH_AGENTS).toString())
                .results()
                .map(metric -> metric.group())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(metrics).hasSize(5).allSatisfy(metric -> assertThat(page).contains("| `" + metric + "` |"));
    }

    @Test
    void withoutAgentsThereAreNoAlertsThatRestOnThem() {
        assertThat(names(alerts("{prometheusRule: {enabled: true}}")))
                .containsExactlyInAnyOrder(
                        "PortClaimNoLeader",
                        "PortClaimClaimPending",
                        "PortClaimClaimUnusable",
                        "PortClaimPoolExhausted",
                        "PortClaimPoolNearlyFull");
    }
}
