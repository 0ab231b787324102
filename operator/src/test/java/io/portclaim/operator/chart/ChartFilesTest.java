package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.LintResult;
import io.portclaim.operator.docs.Examples;
import io.portclaim.operator.metrics.BuildInfo;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart's own files are in order, and say what the files say that they speak of. */
class ChartFilesTest {
    private static final Path DEFINITIONS = LocalCluster.repository().resolve("crds");
    /** Those that Artifact Hub knows. */
    private static final List<String> CHANGES =
            List.of("added", "changed", "deprecated", "removed", "fixed", "security");

    static List<String> definitions() throws IOException {
        try (Stream<Path> files = Files.list(DEFINITIONS)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode chart() {
        return Chart.yaml(Chart.text("Chart.yaml"));
    }

    private static JsonNode annotation(String name) {
        return Chart.yaml(
                chart().path("annotations").path("artifacthub.io/" + name).asText());
    }

    @Test
    void helmFindsNothingToComplainOf() {
        LintResult result = Chart.helm().lint().strict().call();
        assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
        assertThat(result.getMessages()).noneMatch(message -> message.matches("(?s).*\\[(WARNING|ERROR)].*"));
    }

    @ParameterizedTest
    @MethodSource("definitions")
    void theDefinitionsAreThoseOfTheApi(String file) {
        Path source = DEFINITIONS.resolve(file);
        assertThat(Chart.folder().resolve("files/crds").resolve(file))
                .as(
                        "the chart's copy of crds/%s is out of date. Mend it by: cp crds/*.yaml helm/portclaim/files/crds/",
                        file)
                .hasSameTextualContentAs(source);
        JsonNode definition = Chart.yaml(Chart.read(source));
        JsonNode rendered = Chart.render()
                .find(
                        "CustomResourceDefinition",
                        definition.at("/metadata/name").asText());
        assertThat(rendered.path("spec")).isEqualTo(definition.path("spec"));
        assertThat(rendered.at("/metadata/annotations/helm.sh~1resource-policy").asText())
                .isEqualTo("keep");
    }

    @Test
    void thereAreNoMoreDefinitionsThanThose() throws IOException {
        try (Stream<Path> files = Files.list(Chart.folder().resolve("files/crds"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(definitions());
        }
    }

    /** What an alert of an older release means is what that release's page says. */
    @Test
    void theRunbookIsThatOfTheRelease(@TempDir Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(Chart.folder())) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(Chart.folder().relativize(file)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Path chart = folder.resolve("Chart.yaml");
        Files.writeString(chart, Chart.read(chart).replaceFirst("(?m)^appVersion: .*$", "appVersion: 0.3.1"));
        assertThat(Chart.manifest(folder, "{prometheusRule: {enabled: true}}"))
                .contains(
                        "runbook_url: https://github.com/portclaim/portclaim/blob/v0.3.1/docs/exhaustion.md#portclaimpending")
                .doesNotContain("/blob/main/");
    }

    @Test
    void theAppVersionIsTheOperators() {
        assertThat(chart().path("appVersion").asText()).isEqualTo(BuildInfo.version());
    }

    @Test
    void artifactHubKnowsEveryKind() throws IOException {
        Set<String> named = new TreeSet<>();
        annotation("crds").forEach(kind -> {
            assertThat(kind.path("displayName").asText()).isNotBlank();
            assertThat(kind.path("description").asText()).endsWith(".");
            named.add("%s %s %s"
                    .formatted(
                            kind.path("kind").asText(),
                            kind.path("name").asText(),
                            kind.path("version").asText()));
        });
        Set<String> there = new TreeSet<>();
        for (String file : definitions()) {
            JsonNode definition = Chart.yaml(Chart.read(DEFINITIONS.resolve(file)));
            definition
                    .at("/spec/versions")
                    .forEach(version -> there.add("%s %s %s"
                            .formatted(
                                    definition.at("/spec/names/kind").asText(),
                                    definition.at("/metadata/name").asText(),
                                    version.path("name").asText())));
        }
        assertThat(named).isEqualTo(there);
    }

    @Test
    void artifactHubShowsExamplesAsTheyStand() {
        List<JsonNode> examples = Examples.files().stream()
                .flatMap(file -> Rendering.of(Chart.read(file)).objects().stream())
                .toList();
        assertThat(annotation("crdsExamples"))
                .isNotEmpty()
                .allSatisfy(example -> assertThat(examples).contains(example));
    }

    @Test
    void theDefaultPoolGivesWhatTheExamplesDoes() {
        JsonNode example = Rendering.of(Chart.read(Examples.folder().resolve("01-default-pool.yaml")))
                .find("PortPool", "default");
        JsonNode pool = Chart.render("{defaultPool: {create: true}}").find("PortPool", "default");
        for (String field : List.of("ranges", "exclude")) {
            assertThat(pool.path("spec").path(field).toString())
                    .as(field)
                    .isEqualTo(example.path("spec").path(field).toString());
        }
        assertThat(pool.at("/metadata/annotations/portclaim.io~1is-default-pool")
                        .asText())
                .isEqualTo("true");
    }

    @Test
    void artifactHubKnowsEveryImage() {
        Set<String> named = new TreeSet<>();
        annotation("images").forEach(image -> named.add(image.path("image").asText()));
        Rendering rendering = Chart.render();
        List<String> used = new ArrayList<>();
        rendering
                .objects()
                .forEach(object -> object.findValuesAsText("image").stream()
                        .filter(image -> !object.path("kind").asText().equals("CustomResourceDefinition"))
                        .forEach(used::add));
        assertThat(named).containsExactlyInAnyOrderElementsOf(used);
    }

    @Test
    void artifactHubKnowsWhatTheChartIs() {
        JsonNode annotations = chart().path("annotations");
        assertThat(annotations.path("artifacthub.io/license").asText()).isEqualTo("Apache-2.0");
        assertThat(Chart.read(LocalCluster.repository().resolve("LICENSE"))).contains("Apache License", "Version 2.0");
        assertThat(annotations.path("artifacthub.io/category").asText()).isEqualTo("networking");
        assertThat(annotations.path("artifacthub.io/prerelease").asText())
                .as("a version below 1 is one that may still change")
                .isEqualTo(String.valueOf(chart().path("version").asText().startsWith("0.")));
        assertThat(annotation("links")).isNotEmpty().allSatisfy(link -> {
            assertThat(link.path("name").asText()).isNotBlank();
            assertThat(isThere(link.path("url").asText())).as("%s", link).isTrue();
        });
        assertThat(annotation("changes")).isNotEmpty().allSatisfy(change -> {
            assertThat(change.path("kind").asText()).isIn(CHANGES);
            assertThat(change.path("description").asText()).isNotBlank();
        });
    }

    /** Whether the file or folder that a link to the repository means is there. */
    private static boolean isThere(String url) {
        String path = url.replaceFirst(chart().path("home").asText() + "/(tree|blob)/main/", "");
        return !path.startsWith("https:")
                && Files.exists(LocalCluster.repository().resolve(path));
    }
}
