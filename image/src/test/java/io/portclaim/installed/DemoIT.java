package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.NodesCluster;
import io.portclaim.testing.Pages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command does what the README says, and leaves nothing behind. */
class DemoIT {
    /** The first run ever compiles the control plane. */
    private static final Duration DEADLINE = Duration.ofMinutes(20);

    @TempDir
    Path state;

    @Test
    void showsWhatTheReadmeShows() throws IOException, InterruptedException {
        String output = run("dev/demo");

        assertThat(Pages.blocks(Pages.readme(), "console"))
                .hasSize(1)
                .allSatisfy(transcript -> assertThat(lines(output)).containsSubsequence(lines(transcript)));
        assertThat(refusals(output))
                .hasSize(2)
                .allSatisfy(message -> assertThat(commentsOfExamples()).contains(message));
        assertThat(state.resolve("portclaim/demo")).doesNotExist();
        assertThat(Pages.in(state.resolve("portclaim/clusters"), "demo")).isEmpty();
    }

    @Test
    void onRealNodesEveryPodAnswersOnItsPort() throws IOException, InterruptedException {
        assumeTrue(System.getenv("JAVA_HOME_25") != null, "JAVA_HOME_25 names no JDK 25 to make the image with");
        NodesCluster.assumeCanRun();
        String output = run("dev/demo", "--nodes", "2");

        assertThat(output.lines().filter(line -> line.contains("/hostname on node-")))
                .as("pods of agent, collector, database, game and web")
                .hasSize(8)
                .allMatch(line -> line.matches("\\S+ +http://[\\d.]+:\\d+/hostname on node-[12]: \\S+"));
        assertThat(refusals(output))
                .hasSize(2)
                .allSatisfy(message -> assertThat(commentsOfExamples()).contains(message));
        assertThat(state.resolve("portclaim/demo")).doesNotExist();
        assertThat(Pages.in(state.resolve("portclaim/clusters"), "demo")).isEmpty();
    }

    /** Numbers and ages differ from run to run, and with them the columns' widths. */
    private static List<String> lines(String text) {
        return text.lines()
                .map(line -> line.replaceAll("\\d+m?\\d*s$", "AGE")
                        .replaceAll("\\d+", "N")
                        .replaceAll("\\s+", " "))
                .toList();
    }

    /** What is said of the claims that are refused, without their names. */
    private static List<String> refusals(String output) {
        return output.lines()
                .filter(line -> line.startsWith("lent-out: ") || line.startsWith("too-high: "))
                .map(line -> line.substring("lent-out: ".length()))
                .toList();
    }

    /** The comments of all examples, each in one line, for a message that is quoted there may be broken over lines. */
    private static String commentsOfExamples() {
        return Pages.in(LocalCluster.repository().resolve("examples"), ".yaml").stream()
                .map(file -> Pages.text(file)
                        .lines()
                        .filter(line -> line.startsWith("#"))
                        .map(line -> line.substring(1).strip())
                        .collect(Collectors.joining(" ")))
                .collect(Collectors.joining("\n"));
    }

    private String run(String program, String... arguments) throws IOException, InterruptedException {
        Path output = state.resolve("output");
        Path progress = state.resolve("progress");
        List<String> words = new ArrayList<>(
                List.of(LocalCluster.repository().resolve(program).toString()));
        words.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile())
                .redirectError(progress.toFile());
        // A state of its own, beside a demo that somebody keeps running.
        builder.environment().put("XDG_STATE_HOME", state.toString());
        Process process = builder.start();
        boolean ended = process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
            process.destroy();
        }
        assertThat(ended && process.exitValue() == 0)
                .as("%s succeeds:%n%s", program, Files.readString(progress))
                .isTrue();
        return Files.readString(output);
    }
}
