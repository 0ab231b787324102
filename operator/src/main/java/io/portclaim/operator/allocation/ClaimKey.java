package io.portclaim.operator.allocation;

/**
 * A claim's name. Two claims may bear it one after the other: identity is the UID.
 *
 * @param namespace the claim's namespace
 * @param name the claim's name
 */
public record ClaimKey(String namespace, String name) {
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
