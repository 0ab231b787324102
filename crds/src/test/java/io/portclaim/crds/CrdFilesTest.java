package io.portclaim.crds;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The committed CustomResourceDefinitions say what the Java types say, and say it in full. */
class CrdFilesTest {
    static List<CrdFile> files() {
        return CrdFile.ALL;
    }

    /** With the property of {@link CrdFile#UPDATE_COMMAND} the files are brought up to date before they are looked at. */
    @BeforeAll
    static void update() throws IOException {
        if (System.getProperty("crds.update") != null) {
            for (CrdFile file : CrdFile.ALL) {
                Files.writeString(file.committed(), file.render());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void isUpToDate(CrdFile file) {
        String expected = file.render();
        assertThat(file.committed())
                .as(
                        "crds/%s differs from the Java types. Bring it up to date with: %s",
                        file.committed(), CrdFile.UPDATE_COMMAND)
                .content()
                .isEqualTo(expected);
    }

    @Test
    void kubectlCanApplyTheFolder() throws IOException {
        Set<String> readByKubectl = new TreeSet<>();
        try (Stream<Path> folder = Files.list(Path.of(""))) {
            folder.map(Path::toString)
                    .filter(name -> name.matches(".*\\.(ya?ml|json)"))
                    .forEach(readByKubectl::add);
        }
        assertThat(readByKubectl)
                .containsExactly("portclaims.yaml", "portledgers.yaml", "portpools.yaml", "portreports.yaml");
    }

    @ParameterizedTest
    @MethodSource("files")
    void describesEveryField(CrdFile file) {
        JsonNode schema = schema(file);
        assertThat(schema.path("description").asText()).endsWith(".");
        List<String> silent = new ArrayList<>();
        collect(schema, "", (path, property) -> {
            if (!property.path("description").asText().endsWith(".")) {
                silent.add(path);
            }
        });
        assertThat(silent).as("fields without a sentence for `kubectl explain`").isEmpty();
    }

    @Test
    void aStatusThatNobodyHasWrittenSpeaksOfNoGeneration() {
        for (CrdFile file : CrdFile.ALL) {
            JsonNode status = schema(file).at("/properties/status");
            boolean speaksOfOne = status.at("/properties/observedGeneration").isObject();
            assertThat(speaksOfOne).isEqualTo(Set.of("portclaims", "portpools").contains(file.plural()));
            if (speaksOfOne) {
                assertThat(status.path("default").toString()).isEqualTo("{\"observedGeneration\":0}");
                assertThat(status.at("/properties/observedGeneration/default").asText())
                        .isEqualTo("0");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void boundsEveryListAndMakesItAtomicOrKeyed(CrdFile file) {
        List<String> wanting = new ArrayList<>();
        collect(schema(file), "", (path, property) -> {
            if (property.path("type").asText().equals("array")
                    && (!property.has("maxItems") || !property.has("x-kubernetes-list-type"))) {
                wanting.add(path);
            }
        });
        assertThat(wanting).isEmpty();
    }

    /** Who applies a manifest again, be it kubectl or a GitOps tool, would take the default for a change that is not theirs. */
    @ParameterizedTest
    @MethodSource("files")
    void hasNoDefaultInAListItem(CrdFile file) {
        assertThat(defaultsInItems(schema(file), "", false)).isEmpty();
    }

    @Test
    void findsADefaultInAListItemHoweverDeepItIs() {
        JsonNode deep = CrdFile.YAML.valueToTree(Map.of(
                "default",
                "allowed",
                "properties",
                Map.of(
                        "a",
                        Map.of(
                                "items",
                                Map.of(
                                        "allOf",
                                        List.of(Map.of(
                                                "additionalProperties",
                                                Map.of("properties", Map.of("b", Map.of("default", 1))))))))));
        assertThat(defaultsInItems(deep, "", false))
                .containsExactly("/properties/a/items/allOf/0/additionalProperties/properties/b");
    }

    @ParameterizedTest
    @MethodSource("files")
    void saysWhatToWriteWhereARuleFails(CrdFile file) {
        List<JsonNode> mute = schema(file).findValues("x-kubernetes-validations").stream()
                .flatMap(rules ->
                        Stream.iterate(0, i -> i < rules.size(), i -> i + 1).map(rules::get))
                .filter(rule -> !rule.has("message") && !rule.has("messageExpression"))
                .toList();
        assertThat(mute).isEmpty();
    }

    private static JsonNode schema(CrdFile file) {
        return CrdFile.read(file.committed()).at("/spec/versions/0/schema/openAPIV3Schema");
    }

    /** Every schema inside {@code node} that has a default and lies in a list's item, by whatever keyword it is reached. */
    private static List<String> defaultsInItems(JsonNode node, String path, boolean isInItem) {
        List<String> found = new ArrayList<>();
        if (isInItem && node.has("default") && !path.endsWith("/properties")) {
            found.add(path);
        }
        node.properties()
                .forEach(child -> found.addAll(defaultsInItems(
                        child.getValue(),
                        path + "/" + child.getKey(),
                        isInItem || (child.getKey().equals("items") && !path.endsWith("/properties")))));
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            found.addAll(defaultsInItems(node.get(i), path + "/" + i, isInItem));
        }
        return found;
    }

    private interface Visitor {
        void property(String path, JsonNode schema);
    }

    private static void collect(JsonNode schema, String path, Visitor visitor) {
        schema.path("properties").properties().forEach(property -> {
            String at = path + "." + property.getKey();
            visitor.property(at, property.getValue());
            collect(property.getValue(), at, visitor);
        });
        if (schema.has("items")) {
            collect(schema.get("items"), path + "[]", visitor);
        }
    }
}
