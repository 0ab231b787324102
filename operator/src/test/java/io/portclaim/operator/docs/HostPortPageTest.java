package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/host-port.md shows is what is tested. */
class HostPortPageTest {
    private static final Path PAGE = LocalCluster.repository().resolve("docs/host-port.md");

    @Test
    void showsExamplesAsTheyStand() {
        List<String> examples = Stream.concat(
                        Examples.files().stream(),
                        Pages.in(Examples.folder().resolve("host-port-by-label"), ".yaml").stream())
                .map(Pages::text)
                .toList();
        assertThat(Pages.blocks(PAGE, "yaml"))
                .hasSize(3)
                .allSatisfy(block -> assertThat(examples).as(block).anyMatch(example -> example.contains(block)));
    }
}
