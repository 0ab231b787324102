package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/pod-scope.md shows is what is tested, and no example is missing there. */
class PodScopePageTest {
    private static final Path PAGE = LocalCluster.repository().resolve("docs/pod-scope.md");

    private static Map<String, String> examples() {
        return Pages.in(Examples.folder().resolve("pod-scope"), ".yaml").stream()
                .collect(Collectors.toMap(file -> file.getFileName().toString(), Pages::text));
    }

    @Test
    void showsExamplesAsTheyStand() {
        List<String> blocks = Pages.blocks(PAGE, "yaml");
        assertThat(blocks)
                .hasSize(3)
                .allSatisfy(block ->
                        assertThat(examples().values()).as(block).anyMatch(example -> example.contains(block)));
    }

    @Test
    void linksToEveryExample() {
        assertThat(examples().keySet())
                .hasSize(5)
                .allSatisfy(name -> assertThat(Pages.prose(PAGE)).contains("(../examples/pod-scope/" + name + ")"));
    }
}
