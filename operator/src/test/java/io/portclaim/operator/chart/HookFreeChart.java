package io.portclaim.operator.chart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A copy of the chart in which hooks are objects as any other, for Helm's library does not show hooks. */
final class HookFreeChart {
    /** Where it is; gone with the JVM. */
    static final Path FOLDER = copy();

    private HookFreeChart() {}

    private static Path copy() {
        try {
            Path copy = Files.createTempDirectory("portclaim-chart");
            copy.toFile().deleteOnExit();
            try (Stream<Path> files = Files.walk(Chart.folder())) {
                for (Path file : files.skip(1).toList()) {
                    Path target = copy.resolve(Chart.folder().relativize(file));
                    // Those made first are deleted last.
                    target.toFile().deleteOnExit();
                    if (Files.isDirectory(file)) {
                        Files.createDirectory(target);
                    } else {
                        Files.write(target, withoutHooks(Files.readAllLines(file)));
                    }
                }
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> withoutHooks(List<String> lines) {
        return lines.stream()
                .filter(line -> !line.strip().startsWith("helm.sh/hook"))
                .toList();
    }
}
