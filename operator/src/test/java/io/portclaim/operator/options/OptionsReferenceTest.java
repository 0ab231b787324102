package io.portclaim.operator.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.GeneratedPage;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OptionsReferenceTest {
    @Test
    void thePageSaysWhatTheCodeSays() {
        String rows = Options.ALL.stream()
                .map(setting -> "| `%s` | `%s` | %s | %s | %s |%n"
                        .formatted(
                                setting.flag(),
                                setting.variable(),
                                setting.hint().replace("|", ", "),
                                setting.defaultText(),
                                setting.help()))
                .collect(Collectors.joining());
        String page = """
                # The operator's settings

                Each is a flag (`--flag=value` or `--flag value`) and an environment variable; the flag wins, and a variable that
                is set to nothing counts as unset. A duration is a number with a unit: `500ms`, `65s`, `10m`, `1h30m`. An unknown
                flag or a bad value ends the operator with exit code 2 and a sentence that says what would work; an unknown
                variable that starts with `PORTCLAIM_` is warned about. `--help` prints this list.

                | flag | environment variable | value | default | what it does |
                |---|---|---|---|---|
                """
                + rows
                + "\nThis page is written from the code by `OptionsReferenceTest`, which also says how to renew it.\n";
        GeneratedPage.check("options.md", page, OptionsReferenceTest.class);
    }

    @Test
    void everyConstantIsInTheListOnce() {
        List<Object> constants = Arrays.stream(Options.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && field.getType() == Setting.class)
                .map(OptionsReferenceTest::valueOf)
                .toList();

        assertThat(List.<Object>copyOf(Options.ALL)).containsExactlyInAnyOrderElementsOf(constants);
        assertThat(Options.ALL.stream().map(Setting::variable)).doesNotHaveDuplicates();
    }

    private static Object valueOf(Field field) {
        try {
            return field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
