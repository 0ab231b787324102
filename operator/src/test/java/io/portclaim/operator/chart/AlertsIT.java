package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.MetricsPage;
import io.portclaim.testing.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
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

    private static final Pattern METRIC = Pattern.compile("portclaim_[a-z_]+");
    private static final Pattern SERIES = Pattern.compile("series: '?(portclaim_\\w+)\\{([^}]*)}");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on) \\(([^)]*)\\)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

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
    @ValueSource(strings = {"claims-and-pools.yaml", "nodes.yaml", "two-clusters.yaml"})
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
                .hasSize(13)
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

    /** What is on the pages is what is served: OperatorMetricsTest and AgentTest hold them to it. */
    private static Map<String, Set<String>> served() {
        Map<String, Set<String>> labels = new TreeMap<>();
        MetricsPage.of("metrics.md").metrics().forEach(metric -> labels.put(metric.name(), metric.labels()));
        MetricsPage.of("agent.md").metrics().forEach(metric -> labels.put(metric.name(), metric.labels("node")));
        return labels;
    }

    private static List<MatchResult> find(Pattern pattern, String text) {
        return pattern.matcher(text).results().toList();
    }

    @Test
    void everyMetricInThemIsServed() {
        Set<String> names = find(METRIC, rules(WITH_AGENTS).toString()).stream()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(names)
                .contains("portclaim_leading", "portclaim_node_leaked_connections")
                .isSubsetOf(served().keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"claims-and-pools.yaml", "nodes.yaml", "two-clusters.yaml"})
    void theyAreTestedWithSeriesAsTheyAreServed(String file) {
        Map<String, Set<String>> served = served();
        assertThat(find(SERIES, Chart.read(TESTS.resolve(file)))).isNotEmpty().allSatisfy(series -> {
            Set<String> labels = find(LABEL, series.group(2)).stream()
                    .map(label -> label.group(1))
                    // Prometheus adds the one to whatever it scrapes from a pod, and a fleet's setup the other.
                    .filter(label -> !label.equals("pod") && !label.equals("cluster"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(labels).as(series.group()).isEqualTo(served.get(series.group(1)));
        });
    }

    /** A bare absent() is true for a whole Prometheus, or not at all: one cluster that is well hides all others. */
    @Test
    void eachIsForOneClusterWhereverItIsEvaluated() {
        String labels = "{agent: {enabled: true}, prometheusRule: {enabled: true, aggregationLabels: [region, k8s]}}";
        assertThat(alerts(labels)).isNotEmpty().allSatisfy(alert -> {
            String expression = alert.path("expr").asText();
            assertThat(expression).doesNotContain("absent");
            // Those of (), which there are no values for, are not of a cluster.
            List<String> sets = find(GROUPING, expression).stream()
                    .map(grouping -> grouping.group(1))
                    .filter(set -> !set.isEmpty())
                    .toList();
            assertThat(sets).as(expression).isNotEmpty().allMatch(set -> set.startsWith("region, k8s"));
            assertThat(alert.at("/annotations/summary").asText())
                    .contains("{{ with $labels.region }} (region {{ . }}){{ end }}");
        });
    }

    @Test
    void theyWorkWithoutAnyLabelOfAFleet() throws IOException {
        Path none = folder.resolve("none.yaml");
        Files.writeString(
                none,
                rules("{agent: {enabled: true}, prometheusRule: {enabled: true, aggregationLabels: []}}")
                        .toString());
        assertThat(Promtool.run("check", "rules", "--lint=all", "--lint-fatal", none.toString()))
                .contains("SUCCESS");
    }

    @Test
    void whoHasNoClaimsOfScopeClusterNeedNotHearOfThem() {
        assertThat(names(alerts("{prometheusRule: {enabled: true, clusterNumbers: false}}")))
                .contains("PortClaimPoolNodeExhausted")
                .doesNotContain("PortClaimPoolClusterExhausted");
    }

    @Test
    void withoutAgentsThereAreNoAlertsThatRestOnThem() {
        assertThat(names(alerts("{prometheusRule: {enabled: true}}")))
                .containsExactlyInAnyOrder(
                        "PortClaimNoLeader",
                        "PortClaimPending",
                        "PortClaimUnusable",
                        "PortClaimPoolExhausted",
                        "PortClaimPoolNodeExhausted",
                        "PortClaimPoolClusterExhausted",
                        "PortClaimPoolNearlyFull");
    }
}
