package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds docs/configmap.md against the renderer: each ConfigMap there is that of the claim above it. */
class ConfigMapDocTest {
    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "..", "docs", "configmap.md");
    private static final Pattern BLOCK = Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL);
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private record Example(PortClaim claim, ConfigMap configMap) {}

    private static List<String> blocks() throws IOException {
        return BLOCK.matcher(Files.readString(PAGE))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    private static List<Example> examples() throws IOException {
        return blocks().stream()
                .filter(block -> block.contains("kind: PortClaim\n"))
                .map(block -> block.split("---\n", -1))
                .map(parts -> new Example(
                        YAML.unmarshal(parts[0], PortClaim.class), YAML.unmarshal(parts[1], ConfigMap.class)))
                .toList();
    }

    @Test
    void eachExampleIsWhatTheRendererMakesOfTheClaim() throws IOException {
        assertThat(examples()).hasSize(3).allSatisfy(example -> {
            PortClaim claim = example.claim();
            PortClaimSpec spec = claim.getSpec();
            ConfigMap shown = example.configMap();
            ConfigMapIdentity identity = new ConfigMapIdentity(
                    claim.getMetadata().getName(), claim.getMetadata().getUid());

            assertThat(shown.getData())
                    .isEqualTo(ConfigMapData.render(
                            spec.scope(),
                            spec.nodeName(),
                            ClaimStatuses.assignmentOf(spec.scope(), claim.getStatus())));
            assertThat(shown.getMetadata().getLabels()).isEqualTo(identity.labels());
            assertThat(shown.getMetadata().getAnnotations()).isEqualTo(identity.annotations());
            assertThat(shown.getMetadata().getNamespace())
                    .isEqualTo(claim.getMetadata().getNamespace());
            assertThat(shown.getMetadata().getName()).isEqualTo(identity.claimName() + "-ports");
        });
    }

    @Test
    void theRecipesReadWhatIsThere() throws IOException {
        Map<String, ConfigMap> shown = new HashMap<>();
        examples()
                .forEach(example -> shown.put(
                        example.configMap().getMetadata().getNamespace() + "/"
                                + example.configMap().getMetadata().getName(),
                        example.configMap()));
        List<String> recipes = blocks().stream()
                .filter(block -> !block.contains("kind: PortClaim"))
                .toList();

        assertThat(recipes).hasSize(3).allSatisfy(recipe -> {
            assertThat(recipe).doesNotContain("subPath", "optional");
            JsonNode object = YAML.unmarshal(recipe, JsonNode.class);
            String namespace = object.at("/metadata/namespace").asText();
            List<JsonNode> references = references(object);
            assertThat(references).isNotEmpty().allSatisfy(reference -> {
                ConfigMap read =
                        shown.get(namespace + "/" + reference.get("name").asText());
                assertThat(read).as("%s", reference).isNotNull();
                if (reference.has("key")) {
                    assertThat(read.getData()).containsKey(reference.get("key").asText());
                }
            });
        });
    }

    @Test
    void theVariablesInTheRecipesAreInTheExamples() throws IOException {
        String data = examples().stream()
                .map(example -> example.configMap().getData().toString())
                .toList()
                .toString();
        List<String> used = new ArrayList<>();
        for (String block : blocks()) {
            Matcher variable = Pattern.compile("\\$\\{?([A-Z_]+_PORT)").matcher(block);
            variable.results().forEach(result -> used.add(result.group(1)));
        }

        assertThat(used).isNotEmpty().allSatisfy(variable -> assertThat(data).contains(variable + "="));
    }

    private static List<JsonNode> references(JsonNode object) {
        List<JsonNode> references = new ArrayList<>();
        for (String field : List.of("configMapKeyRef", "configMapRef", "configMap")) {
            references.addAll(object.findValues(field));
        }
        return references;
    }
}
