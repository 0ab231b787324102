package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/threat-model.md explains every right that the chart grants, in every mode and no other, and names tests that exist. */
class ThreatModelPageTest {
    private static final Path PAGE = LocalCluster.repository().resolve("docs/threat-model.md");
    /** A role's first cell, what it is a right to, and the verbs. */
    private static final Pattern RIGHT = Pattern.compile(
            "^\\| `([\\w-]+)` \\| `([\\w./]+)`( named `(\\w+)`)? \\| ([a-z, ]+) \\| [^|]+ \\| [^|]+ \\|$",
            Pattern.MULTILINE);

    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");

    /** Between them every template with rules renders, each with and without namespaces of its own. */
    private static final List<String> MODES = List.of(
            "{}",
            "{agent: {enabled: true}}",
            "{touchPods: {enabled: true}}",
            "{podScope: {enabled: true}}",
            "{touchPods: {enabled: true, namespaces: [shop]}}",
            "{podScope: {enabled: true, namespaces: [shop]}}",
            "{touchPods: {enabled: true, namespaces: [shop]}, podScope: {enabled: true}}",
            "{configMaps: {namespaces: [shop]}}");

    private static String right(String role, String resource, String name, String verb) {
        return "%s: %s %s%s".formatted(role, verb, resource, name.isEmpty() ? "" : " named " + name);
    }

    private static Stream<String> rightsOf(JsonNode role) {
        return role.path("rules")
                .valueStream()
                .flatMap(rule -> texts(rule, "apiGroups")
                        .flatMap(group -> texts(rule, "resources")
                                .flatMap(resource -> texts(rule, "verbs")
                                        .flatMap(verb -> (rule.has("resourceNames")
                                                        ? texts(rule, "resourceNames")
                                                        : Stream.of(""))
                                                .map(name -> right(
                                                        role.at("/metadata/name")
                                                                .asText(),
                                                        group.isEmpty() ? resource : resource + "." + group,
                                                        name,
                                                        verb))))));
    }

    private static Stream<String> texts(JsonNode rule, String field) {
        return rule.path(field).valueStream().map(JsonNode::asText);
    }

    private static Set<String> granted() {
        return MODES.stream()
                .map(Chart::render)
                .flatMap(rendering -> Stream.of("ClusterRole", "Role").flatMap(kind -> rendering.all(kind).stream()))
                .flatMap(ThreatModelPageTest::rightsOf)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> explained() {
        return RIGHT.matcher(Pages.text(PAGE))
                .results()
                .flatMap(row -> Arrays.stream(row.group(5).split(", "))
                        .map(verb -> right(row.group(1), row.group(2), row.group(4) == null ? "" : row.group(4), verb)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void explainsEveryRightAndNoOther() {
        assertThat(explained()).hasSizeGreaterThan(40).isEqualTo(granted());
    }

    /** A mode that a template asks about and that is not among these would hide its rights from the test above. */
    @Test
    void noTemplateWithRulesIsLeftOut() throws IOException {
        Set<String> rendered = MODES.stream()
                .map(Chart::render)
                .flatMap(rendering -> Stream.of("ClusterRole", "Role").flatMap(kind -> rendering.all(kind).stream()))
                .map(role -> role.at("/metadata/name").asText())
                .collect(Collectors.toSet());
        long written = 0;
        for (Path template : Pages.in(Chart.folder().resolve("templates"), ".yaml")) {
            written += Chart.read(template)
                    .lines()
                    .filter(line -> line.equals("kind: ClusterRole") || line.equals("kind: Role"))
                    .count();
        }
        assertThat(rendered).hasSize((int) written);
    }

    @Test
    void everyTestThatItNamesExists() throws IOException {
        Map<String, Path> sources = sources();
        Matcher named = TEST.matcher(Pages.text(PAGE));
        int count = 0;
        while (named.find()) {
            count++;
            assertThat(sources).as("%s", named.group()).containsKey(named.group(1));
            assertThat(Files.readString(sources.get(named.group(1))))
                    .as("%s", named.group())
                    .contains("void " + named.group(2) + "(");
        }
        assertThat(count).isGreaterThan(50);
    }

    /** The test classes of all modules, by name; of two with one name both would have to be named in full. */
    private static Map<String, Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(LocalCluster.repository())) {
            return files.filter(file -> file.toString().matches(".*/src/test/java/.*(Test|IT)\\.java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""),
                            Function.identity(),
                            (one, other) -> one));
        }
    }
}
