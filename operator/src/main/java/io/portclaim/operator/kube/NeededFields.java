package io.portclaim.operator.kube;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of an object are ever read. Immutable.
 *
 * <p>Written as {@code metadata(name,uid),spec}: a field without parentheses is needed with all that is in it, one with them
 * needs only what stands there; in an array that holds for every element.
 */
final class NeededFields {
    private static final NeededFields ALL = new NeededFields(null, false);

    private final @Nullable Map<String, NeededFields> fields;
    private final boolean othersToo;

    private NeededFields(@Nullable Map<String, NeededFields> fields, boolean othersToo) {
        this.fields = fields;
        this.othersToo = othersToo;
    }

    /** Everything, but of the field {@code name} only what {@code inside} says. */
    static NeededFields allBut(String name, NeededFields inside) {
        return new NeededFields(Map.of(name, inside), true);
    }

    /**
     * Reads what is written so.
     *
     * @throws IllegalArgumentException where it is not
     */
    static NeededFields parse(String text) {
        int[] at = {0};
        NeededFields result = list(text, at);
        if (at[0] != text.length()) {
            throw new IllegalArgumentException("unexpected %s at %d of %s".formatted(text.charAt(at[0]), at[0], text));
        }
        return result;
    }

    private static NeededFields list(String text, int[] at) {
        Map<String, NeededFields> fields = new HashMap<>();
        while (true) {
            int start = at[0];
            while (at[0] < text.length() && isOfName(text.charAt(at[0]))) {
                at[0]++;
            }
            if (at[0] == start) {
                throw new IllegalArgumentException("a field's name is missing at %d of %s".formatted(start, text));
            }
            String name = text.substring(start, at[0]);
            fields.put(name, next(text, at, '(') ? inside(text, at) : ALL);
            if (!next(text, at, ',')) {
                return new NeededFields(fields, false);
            }
        }
    }

    /** Keys of labels and annotations are names too. */
    private static boolean isOfName(char c) {
        return Character.isLetterOrDigit(c) || c == '.' || c == '/' || c == '-';
    }

    private static NeededFields inside(String text, int[] at) {
        NeededFields inside = list(text, at);
        if (!next(text, at, ')')) {
            throw new IllegalArgumentException("a ) is missing at %d of %s".formatted(at[0], text));
        }
        return inside;
    }

    private static boolean next(String text, int[] at, char wanted) {
        boolean found = at[0] < text.length() && text.charAt(at[0]) == wanted;
        at[0] += found ? 1 : 0;
        return found;
    }

    /** Whether some fields are needed and all others are not. */
    boolean isChosen() {
        return fields != null && !othersToo;
    }

    /** What is needed of the field {@code name}; null: nothing. */
    @Nullable
    NeededFields of(String name) {
        return fields == null ? this : fields.getOrDefault(name, othersToo ? ALL : null);
    }
}
