package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The API server takes every YAML that users may copy, and finds no field that it does not know. */
@ExtendWith(LocalCluster.class)
class YamlIT {
    private static final Set<String> WITHOUT_NAMESPACE = Set.of("Namespace", "PortPool");
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    /** A block of a page, and where it stands. */
    record Block(Path page, String text) {
        @Override
        public String toString() {
            return page.getFileName() + ": " + text.lines().skip(2).findFirst().orElse("");
        }
    }

    static List<Path> examples() {
        return Stream.concat(
                        Examples.files().stream(),
                        Pages.in(Examples.folder().resolve("flow-control"), ".yaml").stream())
                .toList();
    }

    static List<Block> blocks() {
        return Pages.all().stream()
                .flatMap(page -> Pages.blocks(page, "yaml").stream().map(text -> new Block(page, text)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void examplesAreValid(Path file, LocalCluster cluster) {
        cluster.kubectl("apply", "-f", Examples.files().get(0).toString());
        assertThat(cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", file.toString())
                        .lines())
                .isNotEmpty()
                .allMatch(line -> line.endsWith("(server dry run)"));
    }

    @Test
    void theReadmeShowsExamplesAsTheyStand() {
        List<String> examples = Stream.concat(
                        Examples.files().stream(), Pages.in(Examples.folder().resolve("pod-scope"), ".yaml").stream())
                .map(Pages::text)
                .toList();
        assertThat(Pages.blocks(Pages.readme(), "yaml"))
                .isNotEmpty()
                .allSatisfy(block -> assertThat(examples).as(block).anyMatch(example -> example.contains(block)));
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void pagesAreValid(Block block, LocalCluster cluster, @TempDir Path folder) throws IOException {
        String namespace = cluster.newNamespace();
        List<String> documents = Stream.of(block.text().split("(?m)^---$"))
                .filter(text -> !text.isBlank())
                .toList();
        for (String document : documents) {
            Path file = folder.resolve("block.json");
            Files.writeString(file, YAML.asJson(movedTo(namespace, document)));
            assertThat(cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", file.toString()))
                    .endsWith("created (server dry run)\n");
        }
    }

    /** Pages name namespaces that show a case and do not exist. */
    private static GenericKubernetesResource movedTo(String namespace, String document) {
        GenericKubernetesResource object = YAML.unmarshal(document, GenericKubernetesResource.class);
        if (!WITHOUT_NAMESPACE.contains(object.getKind())) {
            object.getMetadata().setNamespace(namespace);
        }
        return object;
    }
}
