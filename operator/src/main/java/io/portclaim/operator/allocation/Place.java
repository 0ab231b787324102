package io.portclaim.operator.allocation;

/** Where ports are held: a node, or the whole cluster. A place is a node's name, or {@link #EVERYWHERE}. */
public final class Place {
    /** Every node of the cluster, including those that join later. No node can bear this name. */
    public static final String EVERYWHERE = "*";

    private Place() {}

    /** Whether ports held at {@code place} are held on every node. */
    public static boolean isEverywhere(String place) {
        return place.equals(EVERYWHERE);
    }
}
