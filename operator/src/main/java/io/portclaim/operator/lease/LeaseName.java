package io.portclaim.operator.lease;

import java.util.regex.Pattern;

/**
 * Which Lease.
 *
 * @param namespace its namespace
 * @param name its name
 */
public record LeaseName(String namespace, String name) {
    private static final String LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    private static final Pattern NAMESPACE = Pattern.compile(LABEL);
    private static final Pattern NAME = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
    private static final int LONGEST_NAME = 253;
    /** How much of a text that names no Lease is repeated. */
    private static final int EXCERPT = 60;

    /**
     * Reads {@code namespace/name}, as {@link #toString} writes it.
     *
     * @throws IllegalArgumentException if no Lease can be called that; the message is short and of one line, whatever the
     *     text is
     */
    public static LeaseName parse(String text) {
        int slash = text.indexOf('/');
        if (slash >= 0) {
            String namespace = text.substring(0, slash);
            String name = text.substring(slash + 1);
            if (name.length() <= LONGEST_NAME
                    && NAMESPACE.matcher(namespace).matches()
                    && NAME.matcher(name).matches()) {
                return new LeaseName(namespace, name);
            }
        }
        throw new IllegalArgumentException(
                "\"" + excerpt(text) + "\" names no Lease; write namespace/name, as in portclaim/portclaim");
    }

    private static String excerpt(String text) {
        String shown = text.length() <= EXCERPT ? text : text.substring(0, EXCERPT) + "…";
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
