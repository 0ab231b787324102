package io.portclaim.operator.options;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Some namespaces, or all.
 *
 * @param isAll whether it has every namespace
 * @param names those that it has, where it has not all
 */
public record NamespaceSet(boolean isAll, Set<String> names) {
    /** No namespace. */
    public static final NamespaceSet NONE = new NamespaceSet(false, Set.of());

    private static final String ALL = "*";

    /** A copy of what is given. */
    public NamespaceSet {
        names = Set.copyOf(names);
    }

    /** Reads a list with commas; {@code *} is every namespace, and the empty text is none. */
    static NamespaceSet parse(String text) {
        if (text.strip().equals(ALL)) {
            return new NamespaceSet(true, Set.of());
        }
        return new NamespaceSet(
                false,
                Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty())
                        .map(Form::parseObjectName)
                        .collect(Collectors.toSet()));
    }

    /** Whether it has none. */
    public boolean isEmpty() {
        return !isAll && names.isEmpty();
    }

    /** Whether it has this one. */
    public boolean contains(String namespace) {
        return isAll || names.contains(namespace);
    }

    @Override
    public String toString() {
        return isAll ? ALL : String.join(",", new TreeSet<>(names));
    }
}
