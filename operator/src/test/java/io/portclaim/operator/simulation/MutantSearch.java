package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for random histories that break the promise where a guard is taken out: by default for each row its stored one; with
 * {@code -Dportclaim.mutants.search=…} the first of so many, and with {@code -Dportclaim.mutants.stale=true} only for the rows that
 * their stored one does not find any more, as after a change of the histories.
 */
public final class MutantSearch {
    private static final int SEARCH = Integer.getInteger("portclaim.mutants.search", 0);
    private static final boolean STALE = Boolean.getBoolean("portclaim.mutants.stale");

    private MutantSearch() {}

    /** Whether more is searched than what is stored. */
    public static boolean isOn() {
        return SEARCH > 0;
    }

    /** Those of {@code all} that a random history must find. */
    public static Stream<Mutant> rows(Stream<Mutant> all) {
        return all.filter(mutant -> (isOn() && !STALE) || mutant.seed() != Mutant.NOT_FOUND);
    }

    /** Fails where no history of this {@code type}, which is made of a seed, finds the mutant. */
    public static void find(Mutant mutant, Class<? extends Play> type) throws ReflectiveOperationException {
        MutatedClasses classes = new MutatedClasses(mutant.sources());
        String found = !isOn() || STALE ? play(classes, type, mutant.seed()) : null;
        for (long seed = 0; found == null && seed < SEARCH; seed++) {
            found = play(classes, type, seed);
            if (found != null || seed + 1 == SEARCH) {
                System.out.printf("%s: seed %d: %s%n", mutant.name(), seed, found);
            }
        }
        assertThat(found).as(mutant.name()).isNotNull();
    }

    private static @Nullable String play(MutatedClasses classes, Class<? extends Play> type, long seed)
            throws ReflectiveOperationException {
        return (String) classes.call(type, long.class, seed, "run");
    }
}
