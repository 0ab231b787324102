package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Reason;
import java.util.Set;

/** A change that requeues the claims that wait for it. */
public enum Trigger {
    /** Nodes came, went or changed. */
    NODES,
    /** A pool came, went or was edited. */
    POOL,
    /** The labels of the claim's namespace changed, by which pools choose the namespaces that they serve. */
    NAMESPACE,
    /** Slots became free, or other pods, Services or processes use other slots than before. */
    SLOTS,
    /** A claim's ports were released. They may be blocked or cool still, but count for no limit any more. */
    RELEASES,
    /** A claim's ConfigMap in the claim's own namespace is gone, or has become another claim's. */
    CONFIG_MAP;

    private static final Set<Trigger> NOTHING = Set.of();
    /** Any of these may change what a pool has for a claim. */
    private static final Set<Trigger> POOL_CHANGES = Set.of(NODES, POOL, NAMESPACE);

    private static final Set<Trigger> POOL_CHANGES_AND_SLOTS = Set.of(NODES, POOL, NAMESPACE, SLOTS);
    private static final Set<Trigger> ALL_BUT_CONFIG_MAP = Set.of(NODES, POOL, NAMESPACE, SLOTS, RELEASES);
    private static final Set<Trigger> CONFIG_MAP_ONLY = Set.of(CONFIG_MAP);

    /**
     * What requeues a claim that waits for {@code reason}. There is no default: who adds a reason has to say it here.
     *
     * <p>What has to do with ConfigMaps has a pace of its own, for each try costs requests.
     */
    static Set<Trigger> of(Reason reason) {
        return switch (reason) {
            case POOL_EXHAUSTED -> POOL_CHANGES_AND_SLOTS;
            // A limit counts what is held, not what is released: a release makes room at once.
            // The message of a claim that waits for that very port says who holds it, or why it is not free yet.
            case LIMIT_EXCEEDED, PORT_TAKEN -> ALL_BUT_CONFIG_MAP;
            case NOT_ASSIGNED,
                    POOL_NOT_FOUND,
                    NO_DEFAULT_POOL,
                    POOL_INVALID,
                    NAMESPACE_NOT_ALLOWED,
                    PORT_NOT_USABLE,
                    NODE_NOT_FOUND,
                    NO_MATCHING_NODE,
                    TOO_MANY_NODES -> POOL_CHANGES;
            case CONFIG_MAP_CONFLICT -> CONFIG_MAP_ONLY;
            // Its pods wait, each for itself; the second stands until the operator is started with other options.
            case PODS_WAITING -> POOL_CHANGES_AND_SLOTS;
            // The first is tried again at a pace of its own; the second stands until the claim is deleted.
            case CONFIG_MAP_REFUSED, CONFLICTED, POD_SCOPE_DISABLED -> NOTHING;
            // No claim waits for these: they are of a condition that is True, of Usable, or of a pool or a report.
            case ASSIGNED,
                    PUBLISHED,
                    USABLE,
                    IN_EPHEMERAL_RANGE,
                    OUTSIDE_POOL,
                    HELD_BY_OTHERS,
                    SERVING,
                    NO_NODES,
                    NO_USABLE_PORTS,
                    RANGES_OVERLAP,
                    NO_OVERLAP,
                    IGNORED,
                    NODE_FULL,
                    NO_CLUSTER_NUMBERS,
                    PORTS_AVAILABLE,
                    NODE_UNREADABLE,
                    NODES_READABLE,
                    DESTINATION_NEARLY_FULL,
                    EPHEMERAL_PORTS_FREE -> NOTHING;
        };
    }
}
