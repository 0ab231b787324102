package io.portclaim.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The Markdown pages of the source tree. */
public final class Pages {
    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private Pages() {}

    /** The page at the top of the source tree. */
    public static Path readme() {
        return LocalCluster.repository().resolve("README.md");
    }

    /** Every page that users read. */
    public static List<Path> all() {
        Path root = LocalCluster.repository();
        return Stream.concat(
                        Stream.of(readme(), root.resolve("dev/README.md"), root.resolve("helm/portclaim/README.md")),
                        in(root.resolve("docs"), ".md").stream())
                .toList();
    }

    /** The files of a folder whose names end so, sorted. */
    public static List<Path> in(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of a page. */
    public static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The fenced blocks of a page in one language. */
    public static List<String> blocks(Path page, String language) {
        return BLOCK.matcher(text(page))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    /** A page without its fenced blocks. */
    public static String prose(Path page) {
        return BLOCK.matcher(text(page)).replaceAll("");
    }
}
