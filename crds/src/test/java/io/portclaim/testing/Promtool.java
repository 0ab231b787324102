package io.portclaim.testing;

import java.util.ArrayList;
import java.util.List;

/** Prometheus' own checker of rules. The first run ever compiles it. Thread-safe. */
public final class Promtool {
    private Promtool() {}

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
