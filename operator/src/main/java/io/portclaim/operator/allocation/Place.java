package io.portclaim.operator.allocation;

/**
 * Where ports are held: a node, or the whole cluster. A place is a node's name, {@link #EVERYWHERE}, or for a release and for a
 * pod without a node {@link #SOMEWHERE}.
 */
public final class Place {
    /** Every node of the cluster, including those that join later. No node can bear this name. */
    public static final String EVERYWHERE = "*";

    /**
     * A node of the cluster of which it is not known which, not one of those where the port is held by others already. Only a
     * release can be there, and what a pod holds that has no node yet. No node can bear this name.
     */
    public static final String SOMEWHERE = "?";

    private Place() {}

    /** Whether ports held at {@code place} are held on every node. */
    public static boolean isEverywhere(String place) {
        return place.equals(EVERYWHERE);
    }

    /** Whether {@code place} is one node, by its name. */
    static boolean isNode(String place) {
        return !isEverywhere(place) && !place.equals(SOMEWHERE);
    }
}
