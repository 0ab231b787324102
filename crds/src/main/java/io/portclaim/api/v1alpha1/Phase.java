package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A claim's state in a word. */
public enum Phase {
    /** It has no ports, or not all that it asks for. */
    @JsonProperty("Pending")
    PENDING,
    /** It has all its ports. */
    @JsonProperty("Bound")
    BOUND,
    /** Another claim was found to hold the same port and keeps it. */
    @JsonProperty("Conflicted")
    CONFLICTED
}
