package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.GeneratedPage;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Searches the TLA+ model: with all guards the promise holds, and without any of them it breaks as the stored counterexample
 * says. The larger scopes take too long here; docs/model/README.md says how to run them.
 */
class ModelIT {
    private static final Path MODEL = LocalCluster.repository().resolve("docs/model");
    private static final Duration DEADLINE = Duration.ofMinutes(8);
    private static final Pattern STATES =
            Pattern.compile("(\\d+) states generated, (\\d+) distinct states found, (\\d+) states left on queue");
    private static final Pattern VIOLATED = Pattern.compile("Invariant (\\w+) is violated");

    @TempDir
    private static Path folder;

    private static final ExecutorService SEARCHES = Executors.newFixedThreadPool(2);
    private static Map<String, CompletableFuture<String>> outputs = Map.of();

    static List<String> complete() {
        return configurations(name -> name.endsWith("-small"));
    }

    static List<String> broken() {
        return configurations(name -> name.contains("broken-"));
    }

    private static List<String> configurations(Predicate<String> filter) {
        return Pages.in(MODEL, ".cfg").stream()
                .map(file -> file.getFileName().toString().replace(".cfg", ""))
                .filter(filter)
                .toList();
    }

    /** Two at a time, each with one worker: so a search always finds the same counterexample. */
    @BeforeAll
    static void search() {
        outputs = Stream.of(complete(), broken())
                .flatMap(List::stream)
                .collect(Collectors.toMap(
                        Function.identity(), name -> CompletableFuture.supplyAsync(() -> search(name), SEARCHES)));
    }

    @AfterAll
    static void stop() {
        SEARCHES.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("complete")
    void theGuardsKeepThePromise(String name) {
        String output = outputs.get(name).join();
        assertThat(output).contains("Model checking completed. No error has been found.");
        assertThat(found(STATES, output, 3))
                .as("the states that were not searched")
                .isEqualTo("0");
        assertThat(Integer.parseInt(found(STATES, output, 2))).isGreaterThan(5_000);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void withoutAGuardThePromiseBreaks(String name) {
        String output = outputs.get(name).join();
        String text = "%s: %s is violated in step %d.%nWritten by ModelIT: each step's action, and what it changes.%n%s"
                .formatted(name, found(VIOLATED, output, 1), Trace.length(output), Trace.readable(output));
        GeneratedPage.checkFile("docs/model/counterexamples/" + name + ".txt", text, ModelIT.class);
    }

    @Test
    void everyCounterexampleIsOfAConfiguration() {
        assertThat(Pages.in(MODEL.resolve("counterexamples"), ""))
                .isNotEmpty()
                .allSatisfy(file -> assertThat(broken())
                        .contains(file.getFileName().toString().replace(".txt", "")));
    }

    /** What TLC prints about it. */
    private static String search(String name) {
        try {
            Path temporary = Files.createDirectory(folder.resolve(name));
            Path output = temporary.resolve("output");
            // Its own process, because TLC keeps what it does in static fields.
            Process tlc = new ProcessBuilder(command(name, temporary))
                    .directory(MODEL.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                long started = System.nanoTime();
                boolean ended = tlc.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS);
                String text = Files.readString(output);
                assertThat(ended).as("%s ends in time: %s", name, text).isTrue();
                Duration took = Duration.ofNanos(System.nanoTime() - started);
                System.out.printf("%s: %s distinct states in %d s%n", name, found(STATES, text, 2), took.toSeconds());
                return text;
            } finally {
                tlc.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> command(String name, Path temporary) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseParallelGC",
                "-Xmx1g",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                jar().toString(),
                "tlc2.TLC",
                "-workers",
                "1",
                "-fp",
                "0",
                "-metadir",
                temporary.resolve("states").toString(),
                "-config",
                name + ".cfg",
                specification(name));
    }

    private static File jar() {
        try {
            Class<?> tlc = Class.forName("tlc2.TLC", false, ModelIT.class.getClassLoader());
            return new File(
                    tlc.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (ClassNotFoundException | URISyntaxException e) {
            throw new IllegalStateException("TLC is a test dependency of the operator", e);
        }
    }

    private static String specification(String name) {
        if (name.startsWith("publishing")) {
            return "Publishing.tla";
        }
        if (name.startsWith("podscope-")) {
            return "PodScope.tla";
        }
        return name.startsWith("full-") ? "LedgerFull.tla" : "Ledger.tla";
    }

    private static String found(Pattern pattern, String output, int group) {
        Matcher matcher = pattern.matcher(output);
        String last = null;
        while (matcher.find()) {
            last = matcher.group(group);
        }
        assertThat(last).as("%s in %s", pattern, output).isNotNull();
        return String.valueOf(last);
    }
}
