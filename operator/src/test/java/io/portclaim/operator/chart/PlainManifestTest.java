package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.GeneratedPage;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The manifest for {@code kubectl apply} is what the chart renders. */
class PlainManifestTest {
    /** What only Helm reads, and who it says that manages it. */
    private static final Pattern OF_HELM =
            Pattern.compile("^\\s*(helm\\.sh/[\\w-]+|app\\.kubernetes\\.io/managed-by): .*$|^# Source: .*$");

    private static final String HEAD = """
            # PortClaim with the chart's defaults, for those who do not use Helm: kubectl apply --server-side -f helm/portclaim.yaml
            # Written from helm/portclaim by PlainManifestTest, which also says how to renew it.
            apiVersion: v1
            kind: Namespace
            metadata:
              name: portclaim
              labels:
                pod-security.kubernetes.io/enforce: restricted
            """;

    @Test
    void isUpToDate() {
        String rendered = Chart.manifest(Chart.folder(), "{}");
        String manifest = rendered.lines()
                .filter(line -> !OF_HELM.matcher(line).matches())
                .collect(Collectors.joining("\n", HEAD, "\n"))
                .replaceAll("\n  annotations:\n(?=\\w)", "\n");
        GeneratedPage.checkFile("helm/portclaim.yaml", manifest, PlainManifestTest.class);
    }

    @Test
    void saysNothingOfHelm() {
        List<String> lines = Chart.read(Chart.folder().resolveSibling("portclaim.yaml"))
                .lines()
                .filter(line ->
                        !line.startsWith("#") && line.toLowerCase(Locale.ROOT).contains("helm"))
                .toList();
        assertThat(lines).isEmpty();
    }
}
