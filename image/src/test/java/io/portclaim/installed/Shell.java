package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.NodesCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A user's shell at the top of the source tree, with kubectl, helm and etcd's tools for one cluster. */
final class Shell {
    private final NodesCluster cluster;

    Shell(NodesCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Runs commands as a user types them.
     *
     * @throws AssertionError with what they said, when one of them fails
     */
    void run(String commands) {
        try {
            Path folder = Files.createTempDirectory("portclaim-programs");
            try {
                writePrograms(folder);
                run(commands, folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void writePrograms(Path folder) throws IOException {
        for (String program : List.of("kubectl", "helm", "etcdctl", "etcdutl")) {
            Path file = Files.writeString(
                    folder.resolve(program),
                    "#!/bin/sh\nexec '%s' %s --name '%s' -- \"$@\"\n"
                            .formatted(
                                    LocalCluster.repository().resolve("dev/cluster"),
                                    program,
                                    cluster.directory().getFileName()));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private static void run(String commands, Path programs) throws IOException, InterruptedException {
        Path output = programs.resolve("output");
        ProcessBuilder shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands)
                .directory(LocalCluster.repository().toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        shell.environment().merge("PATH", programs.toString(), (path, first) -> first + ":" + path);
        Process process = shell.start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroy();
        assertThat(ended && process.exitValue() == 0)
                .as("%s%nsaid:%n%s", commands, Files.readString(output))
                .isTrue();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
