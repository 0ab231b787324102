package io.portclaim.operator.allocation;

/** Names a ConfigMap in 8 bytes: what pods read, where there is no room for its names. */
public final class ConfigMapId {
    /** The id of no ConfigMap: it is not known. */
    public static final long UNKNOWN = 0;

    /** The id of every ConfigMap of the operator: one of them, it is not known which. */
    public static final long ANY = -1;

    /** What a ConfigMap's name has beyond its claim's, where the claim does not say otherwise. */
    static final String DEFAULT_SUFFIX = "-ports";

    private ConfigMapId() {}

    /** The name of the claim's ConfigMap, where the claim does not say otherwise. */
    public static String defaultName(ClaimKey claim) {
        return claim.name() + DEFAULT_SUFFIX;
    }

    /** Whether the ConfigMap has the name that the claim's has by default. */
    static boolean isDefault(ClaimKey claim, String configMapName) {
        return configMapName.equals(defaultName(claim));
    }

    /**
     * The first 8 bytes of SHA-256 of {@code namespace/name}; never 0, so that 0 can stand for a ConfigMap that is not
     * known. The ledger keeps these numbers, so they stay the same over versions.
     */
    public static long of(String namespace, String name) {
        long id = Sha256.of(namespace + "/" + name).getLong();
        return id == UNKNOWN || id == ANY ? 1 : id;
    }
}
