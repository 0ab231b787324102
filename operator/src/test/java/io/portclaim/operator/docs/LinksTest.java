package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.Pages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links between pages, and from pages to files, lead somewhere. */
class LinksTest {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

    static List<Path> pages() {
        return Pages.all();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void leadSomewhere(Path page) {
        assertThat(links(page)).allSatisfy(link -> {
            String[] parts = link.split("#", 2);
            Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
            assertThat(Files.exists(target)).as("%s links to %s", page, link).isTrue();
            if (parts.length > 1) {
                assertThat(anchors(target)).as("%s links to %s", page, link).contains(parts[1]);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("pages")
    void areReachedFromTheReadme(Path page) {
        if (!page.equals(Pages.readme())) {
            String fromRoot = Pages.readme().getParent().relativize(page).toString();
            assertThat(links(Pages.readme())).as("the links of README.md").contains(fromRoot);
        }
    }

    private static List<String> links(Path page) {
        return groups(LINK, Pages.prose(page)).stream()
                .filter(link -> !link.startsWith("https://"))
                .toList();
    }

    /** As GitHub makes them from headings: lower case, only letters, digits, dashes and underscores, dashes for blanks. */
    private static List<String> anchors(Path page) {
        return groups(HEADING, Pages.prose(page)).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static List<String> groups(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }
}
