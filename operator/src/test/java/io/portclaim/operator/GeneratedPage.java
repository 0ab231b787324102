package io.portclaim.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that is written from others, such as a page from the code, and the check that it still says what they say. */
public final class GeneratedPage {
    private static final String REGENERATE = "portclaim.regenerate";

    private GeneratedPage() {}

    /**
     * Fails when the page differs, naming the command that mends it; with -Dportclaim.regenerate=true writes it instead.
     *
     * @param name the file's name in docs/
     * @param expected its whole text
     * @param test the test that calls this
     */
    public static void check(String name, String expected, Class<?> test) {
        checkFile("docs/" + name, expected, test);
    }

    /** As {@link #check}, for a file anywhere in the source tree. */
    public static void checkFile(String name, String expected, Class<?> test) {
        Path page = Path.of(System.getProperty("basedir", "."), "..").resolve(name);
        try {
            if (Boolean.getBoolean(REGENERATE)) {
                Files.createDirectories(page.getParent());
                Files.writeString(page, expected);
            }
            assertThat(Files.exists(page) ? Files.readString(page) : "")
                    .as(
                            "%s is out of date. Mend it by: mvn -pl operator -am %s -D%s=true",
                            name, goal(test.getSimpleName()), REGENERATE)
                    .isEqualTo(expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs this test and no other. */
    private static String goal(String test) {
        return test.endsWith("IT")
                ? "verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=%s -Dfailsafe.failIfNoSpecifiedTests=false"
                        .formatted(test)
                : "test -Dtest=%s -Dsurefire.failIfNoSpecifiedTests=false".formatted(test);
    }
}
