package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where a number is unique. */
public enum Scope {
    /** A number per node, unique on that node. */
    @JsonProperty("Node")
    NODE,
    /** One number, unique on every node of the cluster, including nodes that join later. */
    @JsonProperty("Cluster")
    CLUSTER,
    /** A number per pod, on the node that the pod is scheduled to. */
    @JsonProperty("Pod")
    POD
}
