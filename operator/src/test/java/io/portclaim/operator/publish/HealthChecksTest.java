package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.portclaim.operator.GeneratedPage;
import io.portclaim.testing.Lua;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Argo CD health checks, in the form of its own, and their samples, which {@code dev/kstatus} reads too. */
class HealthChecksTest {
    private static final String FOLDER = "examples/gitops/argocd/resource_customizations/portclaim.io/";
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private static Path path(String name) {
        return Path.of(System.getProperty("basedir", "."), "..").resolve(name);
    }

    private static SortedMap<String, String> samples(String kind) {
        return kind.equals("PortClaim") ? HealthSamples.claims() : HealthSamples.pools();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PortClaim", "PortPool"})
    void theSamplesAreWhatTheOperatorWrites(String kind) throws IOException {
        SortedMap<String, String> samples = samples(kind);
        samples.forEach((name, text) ->
                GeneratedPage.checkFile(FOLDER + kind + "/testdata/" + name + ".yaml", text, HealthChecksTest.class));
        try (Stream<Path> files = Files.list(path(FOLDER + kind + "/testdata"))) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".yaml", "")))
                    .containsExactlyInAnyOrderElementsOf(samples.keySet());
        }
        String tests = samples.entrySet().stream()
                .map(sample -> test(sample.getKey(), sample.getValue()))
                .collect(Collectors.joining());
        GeneratedPage.checkFile(FOLDER + kind + "/health_test.yaml", "tests:\n" + tests, HealthChecksTest.class);
    }

    /** What the check should say, by the documented meaning of the conditions. */
    private static String test(String name, String sample) {
        JsonNode object = read(sample);
        JsonNode status = object.path("status");
        String health = "Progressing";
        String message = "the operator of PortClaim has not seen this yet";
        if (status.path("observedGeneration").asLong()
                == object.at("/metadata/generation").asLong()) {
            Map<String, JsonNode> conditions = StreamSupport.stream(
                            status.path("conditions").spliterator(), false)
                    .collect(
                            Collectors.toMap(condition -> condition.path("type").asText(), condition -> condition));
            JsonNode telling = conditions.get("Ready");
            if (conditions.containsKey("Stalled")) {
                health = "Degraded";
                telling = conditions.get("Stalled");
            } else if (telling.path("status").asText().equals("True")) {
                health = "Healthy";
                JsonNode usable = conditions.getOrDefault("Usable", telling);
                telling = usable.path("status").asText().equals("False") ? usable : telling;
            }
            message = telling.path("message").asText();
        }
        return "- healthStatus:\n    status: %s\n    message: \"%s\"\n  inputPath: testdata/%s.yaml\n"
                .formatted(health, message.replace("\"", "\\\""), name);
    }

    private static JsonNode read(String yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theConfigMapOfArgoCdHasTheChecksAsTheyStand() throws IOException {
        StringBuilder text = new StringBuilder("""
                # The health checks of PortClaim's kinds for Argo CD, as a patch of its own ConfigMap:
                # kubectl patch configmap argocd-cm -n argocd --type merge --patch-file examples/gitops/argocd/argocd-cm.yaml
                data:
                """);
        for (String kind : new String[] {"PortClaim", "PortPool"}) {
            text.append("  resource.customizations.health.portclaim.io_")
                    .append(kind)
                    .append(": |\n");
            Files.readAllLines(path(FOLDER + kind + "/health.lua"))
                    .forEach(line -> text.append("    ").append(line).append('\n'));
        }
        GeneratedPage.checkFile("examples/gitops/argocd/argocd-cm.yaml", text.toString(), HealthChecksTest.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PortClaim", "PortPool"})
    void theChecksSayWhatTheirTestsWant(String kind) throws IOException {
        Lua lua = Lua.find();
        Path folder = path(FOLDER + kind);
        JsonNode tests = YAML.readTree(Files.readString(folder.resolve("health_test.yaml")))
                .path("tests");
        TreeSet<String> seen = new TreeSet<>();
        for (JsonNode test : tests) {
            String input = test.path("inputPath").asText();
            JsonNode object = YAML.readTree(Files.readString(folder.resolve(input)));
            String wanted = test.at("/healthStatus/status").asText();
            seen.add(wanted);
            assertThat(lua.health(folder.resolve("health.lua"), object))
                    .as(input)
                    .isEqualTo(wanted + ": " + test.at("/healthStatus/message").asText());
        }
        assertThat(seen).containsExactly("Degraded", "Healthy", "Progressing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PortClaim", "PortPool"})
    void anObjectWithoutAStatusIsWaitedFor(String kind) throws IOException {
        assertThat(Lua.find().health(path(FOLDER + kind + "/health.lua"), read("metadata: {generation: 1}")))
                .isEqualTo("Progressing: the operator of PortClaim has not seen this yet");
        assertThat(Lua.find()
                        .health(
                                path(FOLDER + kind + "/health.lua"),
                                read("{metadata: {generation: 1}, status: {observedGeneration: 1}}")))
                .startsWith("Progressing");
    }
}
