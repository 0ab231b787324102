package io.portclaim.operator.lease;

/**
 * Which Lease.
 *
 * @param namespace its namespace
 * @param name its name
 */
public record LeaseName(String namespace, String name) {
    /**
     * Reads {@code namespace/name}, as {@link #toString} writes it.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static LeaseName parse(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1 || slash != text.lastIndexOf('/')) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" names no Lease; write namespace/name, as in portclaim/portclaim");
        }
        return new LeaseName(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
