package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Scope Pod: what becomes of a pod for which no node of the pool has free ports. */
public enum WhenFull {
    /** It waits for a port to become free; autoscalers do not see it. */
    @JsonProperty("Wait")
    WAIT,
    /** It may be scheduled to a node that joins later, and to no present one: autoscalers see it. */
    @JsonProperty("NewNode")
    NEW_NODE
}
