package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.portclaim.testing.Dashboards;
import io.portclaim.testing.Promtool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart's dashboards. Tests with a live operator and a live agent look for their series: QuietIT, installed.AgentIT. */
class DashboardsIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void eachIsInAConfigMapAsItStands() throws IOException {
        Rendering rendering = Chart.render("{grafanaDashboard: {enabled: true}}");
        assertThat(Dashboards.all()).hasSize(2);
        for (Map.Entry<String, JsonNode> board : Dashboards.all().entrySet()) {
            JsonNode map = rendering.all("ConfigMap").stream()
                    .filter(found -> found.path("data").has(board.getKey()))
                    .findFirst()
                    .orElseThrow();
            assertThat(map.at("/metadata/labels/grafana_dashboard").asText()).isEqualTo("1");
            assertThat(JSON.readTree(map.path("data").path(board.getKey()).asText()))
                    .isEqualTo(board.getValue());
        }
    }

    /** Grafana takes two of one UID for one, and two panels of one ID too. */
    @Test
    void nothingStandsForSomethingElse() {
        Set<String> uids = new TreeSet<>();
        Dashboards.all().forEach((file, board) -> {
            assertThat(file).isEqualTo(board.path("uid").asText() + ".json");
            uids.add(board.path("uid").asText());
            Set<Integer> ids = new TreeSet<>();
            board.path("panels").forEach(panel -> {
                assertThat(ids.add(panel.path("id").asInt())).isTrue();
                assertThat(panel.path("title").asText()).isNotBlank();
                assertThat(panel.at("/gridPos/x").asInt()
                                + panel.at("/gridPos/w").asInt())
                        .isLessThanOrEqualTo(24);
            });
        });
        assertThat(uids).hasSize(2);
        // Whoever has several chooses; no dashboard knows a data source's own UID.
        assertThat(Dashboards.targets())
                .hasSizeGreaterThan(40)
                .allSatisfy(target ->
                        assertThat(target.at("/datasource/uid").asText()).isEqualTo("${datasource}"))
                .allSatisfy(target -> assertThat(target.path("expr").asText()).contains("cluster=~\"$cluster\""));
    }

    @Test
    void prometheusReadsEachQuery() throws IOException {
        ObjectNode file = JSON.createObjectNode();
        ArrayNode rules =
                file.putArray("groups").addObject().put("name", "queries").putArray("rules");
        int number = 0;
        for (JsonNode target : Dashboards.targets()) {
            String query = target.path("expr").asText().replace("$__rate_interval", "5m");
            rules.addObject().put("record", "query:" + number++).put("expr", query);
        }
        Path written = folder.resolve("queries.yaml");
        Files.writeString(written, file.toString());
        assertThat(Promtool.run("check", "rules", written.toString())).contains(number + " rules found");
    }

    @Test
    void thereAreNoneUnlessAskedFor() {
        assertThat(Stream.of("{}", "{prometheusRule: {enabled: true}}"))
                .allSatisfy(values ->
                        assertThat(Chart.render(values).all("ConfigMap")).isEmpty());
    }
}
