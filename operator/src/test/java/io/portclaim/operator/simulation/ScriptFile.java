package io.portclaim.operator.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A history that a person has written.
 *
 * @param name the name of its file, without the ending
 * @param text its lines
 */
public record ScriptFile(String name, String text) {
    private static final Path FOLDER = Path.of("src/test/resources/histories");
    private static final String ENDING = ".txt";
    private static final String FINDS = "# finds: ";
    private static final String STANDS = "# stands: ";
    private static final String MODEL = "# model: ";

    /** All of claims, by name. */
    static List<ScriptFile> all() {
        return in(FOLDER);
    }

    /** All of pods with ports of their own, by name. */
    public static List<ScriptFile> ofPods() {
        return in(FOLDER.resolve("pods"));
    }

    private static List<ScriptFile> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .map(ScriptFile::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ScriptFile read(Path file) {
        try {
            String name = file.getFileName().toString();
            return new ScriptFile(name.substring(0, name.length() - ENDING.length()), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of the mutants that it finds. */
    public List<String> finds() {
        return header(FINDS);
    }

    /** The names of mutants with which it keeps the promise: another guard stands behind. */
    public List<String> stands() {
        return header(STANDS);
    }

    /** The counterexamples of the model that it plays with the code. */
    public List<String> counterexamples() {
        return header(MODEL);
    }

    private List<String> header(String key) {
        return text.lines()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).strip())
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
