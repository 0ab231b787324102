package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.protocol.Ledger;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/protocol.md says in which method each step is done: these exist, and no step of the model is left out. */
class ProtocolPageTest {
    private static final Path PAGE = LocalCluster.repository().resolve("docs/protocol.md");
    private static final Pattern METHOD = Pattern.compile("`([A-Z]\\w*)\\.([a-z]\\w*)`");
    private static final Pattern NEXT = Pattern.compile("^Next ==(.*?)^Spec ==", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern ACTION = Pattern.compile("\\b([A-Z][a-z]\\w*)\\b(?! \\()");

    /** A method that the page names. */
    record Named(String className, String method) {}

    static List<Named> methods() {
        return METHOD.matcher(Pages.text(PAGE))
                .results()
                .map(found -> new Named(found.group(1), found.group(2)))
                .distinct()
                .toList();
    }

    static List<Path> specifications() {
        return Pages.in(PAGE.resolveSibling("model"), ".tla");
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodExists(Named named) throws IOException, URISyntaxException {
        List<Class<?>> classes = operatorClasses(named.className);
        assertThat(classes.stream()
                        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                        .map(Method::getName))
                .as("the methods of %s", named.className)
                .contains(named.method);
    }

    @ParameterizedTest
    @MethodSource("specifications")
    void everyStepOfTheModelIsNamed(Path specification) {
        Matcher next = NEXT.matcher(Pages.text(specification));
        assertThat(next.find()).as("Next in %s", specification).isTrue();
        List<String> actions = ACTION.matcher(next.group(1).replace("\\E o \\in Ops", ""))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(actions)
                .hasSizeGreaterThan(10)
                .allSatisfy(action -> assertThat(Pages.text(PAGE)).contains("`" + action + "`"));
    }

    @Test
    void namesMethodsAtAll() {
        assertThat(methods()).hasSizeGreaterThan(10);
    }

    private static List<Class<?>> operatorClasses(String simpleName) throws IOException, URISyntaxException {
        Path root = Path.of(
                Ledger.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(root.resolve("io/portclaim/operator"))) {
            return files.filter(file -> file.getFileName().toString().equals(simpleName + ".class"))
                    .<Class<?>>map(file -> load(root.relativize(file).toString()))
                    .toList();
        }
    }

    private static Class<?> load(String file) {
        try {
            String name = file.replace(File.separatorChar, '.').replaceAll("\\.class$", "");
            return Class.forName(name, false, Ledger.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
