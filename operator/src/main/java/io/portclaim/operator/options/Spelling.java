package io.portclaim.operator.options;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a mistyped word was meant to be. */
final class Spelling {
    private Spelling() {}

    /** The word that takes the fewest edits to become the given one, if those are at most a third of it. */
    static Optional<String> nearest(String typed, Collection<String> words) {
        return words.stream()
                .min(Comparator.<String>comparingInt(word -> edits(typed, word))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(word -> edits(typed, word) <= typed.length() / 3);
    }

    /** The Levenshtein distance: how many letters to insert, delete or replace. */
    static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replace = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
