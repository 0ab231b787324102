package io.portclaim.operator.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The production code with one guard taken out. No production class has a switch for it: its source is changed and compiled again
 * for the search.
 *
 * @param name what is taken out, in words
 * @param seed the first history that finds it, or {@link #NOT_FOUND}
 * @param changes what is changed, by the name of the class
 */
public record Mutant(String name, long seed, List<Change> changes) {
    /** The seed of one that no history was found for. */
    public static final long NOT_FOUND = -1;

    private static final Path SOURCES = Path.of("src/main/java/io/portclaim/operator");
    /** A guard that a policy of the chart is has its switch in the simulated API server. */
    private static final Path SIMULATION = Path.of("src/test/java/io/portclaim/operator");

    /**
     * One change of one source file.
     *
     * @param file its path below the operator's root package, without the ending
     * @param from what stands there once
     * @param to what stands there instead
     */
    public record Change(String file, String from, String to) {}

    /** The guards that are taken out, and the bugs that are put in. */
    static Stream<Mutant> all() {
        return Stream.of(Mutants.ALL, KnownBugs.ALL).flatMap(List::stream);
    }

    public static Mutant of(String name, long seed, String file, String from, String to) {
        return new Mutant(name, seed, List.of(new Change(file, from, to)));
    }

    public Mutant and(String file, String from, String to) {
        List<Change> all = new ArrayList<>(changes);
        all.add(new Change(file, from, to));
        return new Mutant(name, seed, all);
    }

    /** The changed sources by the full names of their classes. */
    public Map<String, String> sources() {
        Map<String, String> sources = new LinkedHashMap<>();
        for (Change change : changes) {
            String type = "io.portclaim.operator." + change.file.replace('/', '.');
            String source = sources.computeIfAbsent(type, any -> read(change.file));
            if (source.indexOf(change.from) < 0 || source.indexOf(change.from) != source.lastIndexOf(change.from)) {
                throw new IllegalStateException(
                        "%s: not exactly once in %s: %s".formatted(name, change.file, change.from));
            }
            sources.put(type, source.replace(change.from, change.to));
        }
        return sources;
    }

    private static String read(String file) {
        try {
            Path source = SOURCES.resolve(file + ".java");
            return Files.readString(Files.exists(source) ? source : SIMULATION.resolve(file + ".java"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
