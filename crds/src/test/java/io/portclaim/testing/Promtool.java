package io.portclaim.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Prometheus' own checker of rules and metrics. Where PATH has none, the first run ever compiles it. Thread-safe. */
public final class Promtool {
    private Promtool() {}

    /**
     * Has it look at what /metrics answers.
     *
     * @param scrape in Prometheus' text format
     * @throws IllegalStateException with its words, if anything is against the rules for names, types and help
     */
    public static void checkMetrics(String scrape) {
        try {
            Path file = Files.createTempFile("portclaim-scrape", ".txt");
            try {
                Files.writeString(file, scrape);
                List<String> words = List.of(LocalCluster.script(), "promtool", "--", "check", "metrics");
                new Command(words, Map.of(), LocalCluster.START_DEADLINE, file).run();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs it.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails, as it does when a test of rules does
     */
    public static String run(String... arguments) {
        List<String> words = new ArrayList<>(List.of("promtool", "--"));
        words.addAll(List.of(arguments));
        return LocalCluster.devCluster(LocalCluster.START_DEADLINE, words.toArray(String[]::new));
    }
}
