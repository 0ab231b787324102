package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulation bites: with any guard taken out, a history is found that breaks the promise. */
class MutationTest {
    private static final int SEARCH = Integer.getInteger("portclaim.mutants.search", 0);

    static Stream<Mutant> mutants() {
        return Mutants.ALL.stream();
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void aGuardThatIsTakenOutIsMissed(Mutant mutant) throws ReflectiveOperationException {
        long first = SEARCH == 0 ? mutant.seed() : 0;
        long end = SEARCH == 0 ? first + 1 : SEARCH;
        MutatedClasses classes = new MutatedClasses(mutant.sources());
        String found = null;
        long seed = first;
        while (found == null && seed < end) {
            found = violation(classes, seed++);
        }
        if (SEARCH > 0) {
            System.out.printf("%s: seed %d: %s%n", mutant.name(), seed - 1, found);
        }
        assertThat(found).as(mutant.name()).isNotNull();
    }

    private static @Nullable String violation(ClassLoader classes, long seed) throws ReflectiveOperationException {
        Constructor<?> constructor = classes.loadClass(History.class.getName()).getDeclaredConstructor(long.class);
        constructor.setAccessible(true);
        Object history = constructor.newInstance(seed);
        Method run = history.getClass().getDeclaredMethod("run");
        run.setAccessible(true);
        return (String) run.invoke(history);
    }
}
