package io.portclaim.operator.allocation;

/** Who keeps a slot from being given out. */
public sealed interface Holder {
    /**
     * A claim that holds it.
     *
     * @param uid the claim's UID
     */
    record OfClaim(String uid) implements Holder {}

    /**
     * A release that has not run out.
     *
     * @param release what was released
     */
    record OfRelease(Release release) implements Holder {}
}
